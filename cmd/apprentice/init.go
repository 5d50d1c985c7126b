package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"
)

type initOptions struct{ force bool }

func newInit(t *terminal) *cobra.Command {
	var opt initOptions
	cmd := &cobra.Command{
		Use:     "init [FILE]",
		Short:   "Write a commented settings file",
		Long:    "Init writes a file with every key, what it means and its default: apprentice.yaml, or FILE, or - for standard output.",
		GroupID: groupData,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file := defaultConfigFile
			if len(args) == 1 {
				file = args[0]
			}
			return opt.run(t, file)
		},
	}
	cmd.Flags().BoolVar(&opt.force, "force", false, "overwrite the file if it exists")
	return cmd
}

func (opt initOptions) run(t *terminal, file string) error {
	data := configFile(defaultConfig())
	if file == "-" {
		_, err := t.out.Write(data)
		return err
	}
	if _, err := os.Lstat(file); !opt.force && !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return err
		}
		return withHint(fmt.Errorf("%s exists", file), "--force overwrites it.")
	}
	if err := renameio.WriteFile(file, data, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name(file), cause(err))
	}
	t.notef("wrote %s; next: name your event logs under `logs:`, then `apprentice nightly`", file)
	return nil
}

// configFile is a settings file with the values of cfg, from the same
// description as the flags.
func configFile(cfg Config) []byte {
	var b bytes.Buffer
	b.WriteString("# Settings of Spark Apprentice.\n#\n" +
		"# Each key is also a flag (--max-duration) and a variable (APPRENTICE_MAX_DURATION).\n" +
		"# Flags win over variables, variables over this file. Every value below is the default.\n" +
		"# Relative paths start at this file's directory.\n")
	values := settings(cfg)
	for _, o := range options {
		if o.section != "" {
			fmt.Fprintf(&b, "\n# %s %s\n", o.section, strings.Repeat("-", 76-len(o.section)))
		}
		b.WriteByte('\n')
		for _, line := range wrap(o.doc, 86) {
			fmt.Fprintf(&b, "# %s\n", line)
		}
		if o.more != "" {
			for _, line := range strings.Split(o.more, "\n") {
				fmt.Fprintf(&b, "#   %s\n", line)
			}
		}
		fmt.Fprintf(&b, "%s: %s\n", o.name, yamlScalar(values[o.name]))
	}
	return b.Bytes()
}

// yamlScalar writes a default on one line.
func yamlScalar(v any) string {
	if d, ok := v.(time.Duration); ok {
		v = d.String()
	}
	data, err := yaml.Marshal(v)
	if err != nil {
		panic(err) // a default that cannot be written is a mistake of this program
	}
	return strings.TrimSpace(string(data))
}
