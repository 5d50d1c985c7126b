package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// readConfigFile reads the settings of a YAML file and the line of each. Keys
// and values are checked on the syntax tree, which knows lines and, unlike
// viper, leaves the case and the dots of Spark's keys alone.
func readConfigFile(path string) (values map[string]any, lines map[string]int, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, withHint(fmt.Errorf("configuration file: %w", err), "`apprentice init %s` writes one.", path)
	}
	root, err := parseYAML(data)
	if err != nil {
		return nil, nil, yamlError(path, err)
	}
	values, lines = map[string]any{}, map[string]int{}
	if root == nil {
		return values, lines, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("%s:%d: want settings as `key: value`, not a %s", path, root.Line, kindName(root))
	}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		o := lookupOption(key.Value)
		if o == nil {
			err := fmt.Errorf("%s:%d: unknown key %s%s", path, key.Line, name(key.Value), didYouMean(key.Value, optionNames()))
			return nil, nil, withHint(err, "`apprentice init -` prints a file with every key.")
		}
		if lines[o.name] != 0 {
			return nil, nil, fmt.Errorf("%s:%d: %s is given twice, first on line %d", path, key.Line, o.name, lines[o.name])
		}
		lines[o.name] = key.Line
		if value.Tag == "!!null" {
			continue // `key:` leaves the default
		}
		v, err := o.decode(value, filepath.Dir(path))
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, value.Line, err)
		}
		values[o.name] = v
	}
	return values, lines, nil
}

// parseYAML gives the root of the one document in data, nil for none.
func parseYAML(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("holds more than one YAML document")
		}
		return nil, err
	}
	root := doc.Content[0]
	if root.Tag == "!!null" {
		return nil, nil
	}
	return root, nil
}

// decode checks a value of the file and gives it as viper should hold it.
func (o *option) decode(n *yaml.Node, dir string) (any, error) {
	if rows := rowsOf[o.name]; rows != nil {
		list, err := rows(n)
		if err != nil {
			return nil, o.complain("", err)
		}
		return list, nil
	}
	var values []string
	switch {
	case n.Kind == yaml.ScalarNode:
		values = []string{n.Value}
	case n.Kind == yaml.SequenceNode && o.list:
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return nil, o.complain(kindName(item), errValue)
			}
			values = append(values, item.Value)
		}
	default:
		return nil, o.complain(kindName(n), errValue)
	}
	if err := o.checkAll(values); err != nil {
		return nil, err
	}
	if o.path {
		for i := range values {
			values[i] = relativeTo(dir, values[i])
		}
	}
	if o.list {
		return append([]string{}, values...), nil
	}
	return values[0], nil
}

// kindName is what a reader of YAML calls a node.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	case yaml.AliasNode:
		return "alias"
	}
	return "value"
}

var (
	yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	// Lines of the YAML package's own parser errors start at 0, and line 0 is left out.
	yamlFromZero = regexp.MustCompile(`^did not find expected (key|node content|<document start>|'-' indicator|',' or)`)
)

// yamlError says where in the file an error of the YAML package is.
func yamlError(at string, err error) error {
	msg, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		line, _ = strconv.Atoi(m[1]) // digits
	}
	if yamlFromZero.MatchString(msg) {
		line++
	}
	if line == 0 {
		return fmt.Errorf("%s: %w", at, err)
	}
	return fmt.Errorf("%s:%d: %s", at, line, msg)
}

func optionNames() []string {
	names := make([]string, len(options))
	for i := range options {
		names[i] = options[i].name
	}
	return names
}
