package main

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner"
	"gopkg.in/yaml.v3"
)

// A size is bytes, written as Spark writes them: 16g.
type size int64

func (s *size) UnmarshalYAML(n *yaml.Node) error {
	b, err := sparkconf.ParseSize(n.Value, 1)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	*s = size(b)
	return nil
}

// A limit bounds what may be asked of the clusters that match a pattern.
type limit struct {
	Cluster        string `yaml:"cluster"`
	Container      size   `yaml:"container"`
	ExecutorCores  int64  `yaml:"executor-cores"`
	Nodes          int64  `yaml:"nodes"`
	NodeCores      int64  `yaml:"node-cores"`
	NodeMemory     size   `yaml:"node-memory"`
	PipelineCores  int64  `yaml:"pipeline-cores"`
	PipelineMemory size   `yaml:"pipeline-memory"`
	FleetCores     int64  `yaml:"fleet-cores"`
	FleetMemory    size   `yaml:"fleet-memory"`
	YARNIncrement  size   `yaml:"yarn-increment"`
}

// A price is what an hour costs on the clusters that match a pattern.
type price struct {
	Cluster      string  `yaml:"cluster"`
	CoreHour     float64 `yaml:"core-hour"`
	GiBHour      float64 `yaml:"gib-hour"`
	NodeHour     float64 `yaml:"node-hour"`
	NodeCores    int64   `yaml:"node-cores"`
	NodeMemory   size    `yaml:"node-memory"`
	SpotShare    float64 `yaml:"spot-share"`
	SpotDiscount float64 `yaml:"spot-discount"`
}

// decodeRows reads a list of mappings whose keys T names, and lets T check each.
// A row without a cluster is for all of them.
func decodeRows[T any](n *yaml.Node) ([]T, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, errValue
	}
	known := yamlKeys(reflect.TypeFor[T]())
	list := []T{}
	for _, item := range n.Content {
		if item.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("line %d: want a mapping, not a %s", item.Line, kindName(item))
		}
		for i := 0; i < len(item.Content); i += 2 {
			if key := item.Content[i]; !slices.Contains(known, key.Value) {
				return nil, fmt.Errorf("line %d: unknown key %s%s", key.Line, name(key.Value), didYouMean(key.Value, known))
			}
		}
		var row T
		if err := item.Decode(&row); err != nil {
			return nil, err
		}
		if c, ok := any(row).(interface{ check() error }); ok {
			if err := c.check(); err != nil {
				return nil, fmt.Errorf("line %d: %w", item.Line, err)
			}
		}
		list = append(list, row)
	}
	return list, nil
}

// parseRows reads such a list from a flag or a variable.
func parseRows[T any](s string) ([]T, error) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(s), &n); err != nil {
		return nil, err
	}
	if len(n.Content) == 0 {
		return []T{}, nil
	}
	return decodeRows[T](n.Content[0])
}

// rowsOf are the options that hold lists of mappings.
var rowsOf = map[string]func(*yaml.Node) (any, error){
	"constraints": func(n *yaml.Node) (any, error) { return decodeRows[constraint](n) },
	"limits":      func(n *yaml.Node) (any, error) { return decodeRows[limit](n) },
	"prices":      func(n *yaml.Node) (any, error) { return decodeRows[price](n) },
}

// all is the pattern of a row that names no cluster.
func all(cluster string) string {
	if cluster == "" {
		return "*"
	}
	return cluster
}

func (c *Config) learnerLimits() (list []learner.Limit) {
	for _, l := range c.Limits {
		list = append(list, learner.Limit{
			Cluster: all(l.Cluster), Container: int64(l.Container), Cores: l.ExecutorCores,
			Nodes: l.Nodes, NodeCores: l.NodeCores, NodeMemory: int64(l.NodeMemory),
			PipelineCores: l.PipelineCores, PipelineMemory: int64(l.PipelineMemory),
			FleetCores: l.FleetCores, FleetMemory: int64(l.FleetMemory), YARNIncrement: int64(l.YARNIncrement),
		})
	}
	return list
}

func (c *Config) learnerPrices() (list []learner.Price) {
	for _, p := range c.Prices {
		list = append(list, learner.Price{
			Cluster: all(p.Cluster), CoreHour: p.CoreHour, GiBHour: p.GiBHour,
			NodeHour: p.NodeHour, NodeCores: p.NodeCores, NodeMemory: int64(p.NodeMemory), SpotShare: p.SpotShare, SpotDiscount: p.SpotDiscount,
		})
	}
	return list
}
