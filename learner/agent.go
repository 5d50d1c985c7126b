package learner

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"gopkg.in/yaml.v3"
)

// An Agent is declared as data: see agents.yaml.
type Agent struct {
	Name  string       `yaml:"name"`
	Pairs []string     `yaml:"pairs"` // agents with which it shares a term of its own
	State []StateField `yaml:"state"`
	Keys  []OwnedKey   `yaml:"keys"`
}

// A StateField is one measure of the data's demand, cut into buckets:
// bucket i holds edges[i-1] <= value < edges[i].
type StateField struct {
	Field string    `yaml:"field"`
	Edges []float64 `yaml:"edges"`
}

// An OwnedKey is a key that an agent sets. Neighbours in Candidates are one step apart.
type OwnedKey struct {
	Name       string   `yaml:"name"`
	Candidates []string `yaml:"candidates"`
	Since      string   `yaml:"since"`    // first release line; empty: all
	Managers   []string `yaml:"managers"` // cluster managers; empty: all
}

//go:embed agents.yaml
var agentsYAML []byte

// DefaultAgents returns the built-in agents: partition, memory, core and cache.
func DefaultAgents() []Agent {
	agents, err := LoadAgents(bytes.NewReader(agentsYAML))
	if err != nil {
		panic("learner: agents.yaml: " + err.Error()) // embedded: a broken build
	}
	return agents
}

// LoadAgents reads and validates a declaration in the form of agents.yaml.
// Candidates come back in canonical spelling.
func LoadAgents(r io.Reader) ([]Agent, error) {
	var file struct {
		Agents []Agent `yaml:"agents"`
	}
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("agents: the file is empty; it needs a list `agents:`")
		}
		return nil, fmt.Errorf("agents: %w", err)
	}
	if len(file.Agents) == 0 {
		return nil, errors.New("agents: no agent is declared; the file needs a list `agents:`")
	}
	return file.Agents, validateAgents(file.Agents)
}

func validateAgents(agents []Agent) error {
	owner := map[string]string{}
	names := map[string]bool{}
	for i := range agents {
		a := &agents[i]
		if a.Name == "" {
			return fmt.Errorf("agents: agent %d has no name", i+1)
		}
		if names[a.Name] {
			return fmt.Errorf("agents: two agents are named %q", a.Name)
		}
		names[a.Name] = true
		for _, f := range a.State {
			if err := f.validate(); err != nil {
				return fmt.Errorf("agents: %s: %w", a.Name, err)
			}
		}
		for j := range a.Keys {
			k := &a.Keys[j]
			if by, ok := owner[k.Name]; ok {
				return fmt.Errorf("agents: %s and %s both own %s; a key has one owner", by, a.Name, k.Name)
			}
			owner[k.Name] = a.Name
			if err := k.validate(); err != nil {
				return fmt.Errorf("agents: %s: %w", a.Name, err)
			}
		}
	}
	for _, a := range agents {
		for _, p := range a.Pairs {
			if !names[p] || p == a.Name {
				return fmt.Errorf("agents: %s: pairs names %q, which is no other agent", a.Name, p)
			}
		}
	}
	return nil
}

func (k *OwnedKey) validate() error {
	tunable := sparkconf.Tunable()
	if !slices.Contains(tunable, k.Name) {
		return fmt.Errorf("no agent may own %q%s", k.Name, nearest(k.Name, tunable))
	}
	if k.Since != "" {
		if _, err := sparkconf.ParseVersion(k.Since + ".0"); err != nil {
			return fmt.Errorf("%s: since: %w", k.Name, err)
		}
	}
	for i, c := range k.Candidates {
		if c = strings.TrimSpace(c); c == "" {
			return fmt.Errorf("%s: candidate %d is empty", k.Name, i+1)
		}
		k.Candidates[i] = sparkconf.Canonical(k.Name, c)
	}
	return nil
}

func (f StateField) validate() error {
	if _, ok := demand[f.Field]; !ok {
		return fmt.Errorf("state field %q is not a demand of the data%s", f.Field, nearest(f.Field, demandFields()))
	}
	if len(f.Edges) == 0 {
		return fmt.Errorf("state field %s has no edges", f.Field)
	}
	for i := 1; i < len(f.Edges); i++ {
		if !(f.Edges[i-1] < f.Edges[i]) {
			return fmt.Errorf("state field %s: edges must rise, %g is followed by %g", f.Field, f.Edges[i-1], f.Edges[i])
		}
	}
	return nil
}

// nearest names the known word that was likely meant.
func nearest(word string, known []string) string {
	best, least := "", len(word)/2+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(word, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return "; known are " + strings.Join(known, ", ")
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// bucket is the index of the bucket that holds v, from 0.
func (f StateField) bucket(v float64) int {
	return sort.Search(len(f.Edges), func(i int) bool { return v < f.Edges[i] })
}

// allowed reports whether the agent sets the key on such a Spark, and if not, why.
func (k OwnedKey) allowed(v sparkconf.Version, c sparkconf.Cluster) (bool, string) {
	if k.Since != "" && sparkconf.CompareLines(v.Line(), k.Since) < 0 {
		return false, "Spark " + v.Line() + " does not know " + k.Name
	}
	if _, ok := sparkconf.Lookup(k.Name, v); !ok {
		return false, "Spark " + v.Line() + " does not know " + k.Name
	}
	if len(k.Managers) > 0 && !slices.Contains(k.Managers, c.Manager) {
		return false, k.Name + " is not set on " + c.Manager
	}
	if ok, why := c.Settable(k.Name); !ok {
		return false, k.Name + ": " + why
	}
	return true, ""
}
