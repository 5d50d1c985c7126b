package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// addOptions gives flags the options of that name, in the order of the file.
func addOptions(flags *pflag.FlagSet, names ...[]string) {
	want := slices.Concat(names...)
	defaults := settings(defaultConfig())
	flags.SortFlags = false
	for i := range options {
		o := &options[i]
		if !slices.Contains(want, o.name) {
			continue
		}
		f := flags.VarPF(&optionFlag{option: o}, o.name, "", "")
		f.Usage = o.doc + defaultNote(defaults[o.name])
		f.Annotations = argName(o.arg)
	}
}

// defaultNote is " (default X)" where the default says something.
func defaultNote(v any) string {
	s := fmt.Sprint(v)
	if s == "" || s == "0" || s == "0s" || s == "[]" {
		return ""
	}
	return " (default " + s + ")"
}

// keyHelp says which of a command's flags are also keys of the file, and nothing
// where none is.
func keyHelp(flags *pflag.FlagSet) string {
	var of, others []string
	example := ""
	flags.VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Hidden || f.Name == "help":
		case lookupOption(f.Name) == nil:
			others = append(others, "--"+f.Name)
		default:
			of = append(of, "--"+f.Name)
			if f.Name == "max-duration" || example == "" {
				example = f.Name
			}
		}
	})
	var which string
	switch {
	case len(of) == 0:
		return ""
	case len(of) == 1:
		which = of[0]
	case len(others) == 0:
		which = "Each flag"
	case len(of) > len(others):
		which = "Each flag but " + enumerated(others)
	default:
		which = "Each of " + enumerated(of)
	}
	text := fmt.Sprintf("%s is also a key of the file and a variable: --%s, %s:, %s. "+
		"Flags win over variables, variables over the file.", which, example, example, envName(example))
	return "\n" + strings.Join(wrap(text, 84), "\n") + "\n"
}

// enumerated is "a, b and c".
func enumerated(list []string) string {
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

// An optionFlag is the flag of an option: it checks what the command line
// gives and keeps the text for viper.
type optionFlag struct {
	*option
	values []string
}

// Set implements pflag.Value. A list grows with each flag.
func (f *optionFlag) Set(s string) error {
	values := []string{s}
	if f.check != nil {
		if err := f.check(s); err != nil {
			return fmt.Errorf("%w; allowed: %s", err, f.allowed)
		}
	}
	if f.list {
		values = append(f.values, values...)
	}
	f.values = values
	return nil
}

// String implements pflag.Value, lists in the form that viper takes apart.
func (f *optionFlag) String() string {
	if f.option == nil || len(f.values) == 0 {
		return ""
	}
	if !f.list {
		return f.values[0]
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(f.values) // a Buffer does not fail
	w.Flush()
	return "[" + strings.TrimSuffix(b.String(), "\n") + "]"
}

// Type implements pflag.Value.
func (f *optionFlag) Type() string {
	if f.option != nil && f.list {
		return "stringArray"
	}
	return "string"
}

// splitList reads a list from one string: values separated by commas, or a
// YAML list where values hold commas.
func splitList(s string) ([]string, error) {
	if s == "" {
		return []string{}, nil
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		var list []string
		err := yaml.Unmarshal([]byte(s), &list)
		return list, err
	}
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
}
