package report

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Marks around our lines within a spark-defaults.conf.
const (
	blockBegin = "# >>> Spark Apprentice: these lines are written anew when settings change >>>"
	blockEnd   = "# <<< Spark Apprentice <<<"
)

// overrides is the file of our keys alone.
func (d decided) overrides() []byte {
	var b bytes.Buffer
	comment(&b, "Spark Apprentice: settings of pipeline %q, our keys alone.", d.Pipeline)
	comment(&b, "")
	comment(&b, "Use it on top of your own settings:")
	comment(&b, "  Spark 4: spark-submit --load-spark-defaults --properties-file %s ...", overridesName)
	comment(&b, "  Spark 3: each line as --conf, or the complete %s in this directory:", defaultsName)
	comment(&b, "           there --properties-file replaces your own spark-defaults.conf.")
	comment(&b, "")
	d.write(&b, nil)
	return b.Bytes()
}

// defaults is the complete file: the base file, then our block. Without a base, the
// keys that keep the event log coming take its place.
func (d decided) defaults(base []byte) ([]byte, error) {
	var b bytes.Buffer
	set := map[string]string{}
	if base == nil {
		comment(&b, "Spark Apprentice: settings of pipeline %q.", d.Pipeline)
		comment(&b, "")
		comment(&b, "  spark-submit --properties-file %s ...", cmp.Or(d.oneRun, defaultsName))
		comment(&b, "")
		comment(&b, "Attention: --properties-file replaces the cluster's own spark-defaults.conf, and there is")
		comment(&b, "no base file of this pipeline to copy it from. Where `base:` in the configuration names one, it is kept.")
		if len(d.EventLogConf) > 0 {
			comment(&b, "")
			comment(&b, "So that logs keep coming, as the newest log here has it:")
		}
		eventLog(&b, d.EventLogConf, set)
	} else {
		own, err := withoutBlock(base)
		if err != nil {
			return nil, err
		}
		props, err := sparkconf.ReadProperties(bytes.NewReader(own))
		if err != nil {
			return nil, fmt.Errorf("base file, %w", err)
		}
		for _, p := range props {
			set[p.Key] = p.Value
		}
		b.Write(own)
		if len(own) > 0 && !bytes.HasSuffix(own, []byte("\n")) {
			b.WriteByte('\n')
		}
	}
	b.WriteByte('\n') // ends a last line that a backslash would continue
	b.WriteString(blockBegin + "\n")
	if base != nil {
		comment(&b, "Settings of pipeline %q; above is the configured base file, unchanged.", d.Pipeline)
	}
	if sparkconf.Canonical("spark.eventLog.enabled", set["spark.eventLog.enabled"]) != "true" {
		comment(&b, "Attention: nothing above switches on spark.eventLog.enabled. Without an event log")
		comment(&b, "there is nothing to learn from.")
	}
	d.write(&b, set)
	b.WriteString(blockEnd + "\n")
	return b.Bytes(), nil
}

// eventLog writes the newest log's spark.eventLog.* keys and notes them in set.
func eventLog(b *bytes.Buffer, conf, set map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(conf)) {
		value := conf[key]
		if !strings.HasPrefix(key, "spark.eventLog.") {
			continue
		}
		line, err := sparkconf.FormatProperty(sparkconf.Property{Key: key, Value: value})
		switch {
		case strings.Contains(value, sparkconf.Redacted):
			comment(b, "%s is not known: the log hides it. Set it yourself.", key)
		case err != nil:
			comment(b, "%s is left out: %v", key, err)
		default:
			b.WriteString(line + "\n")
			set[key] = value
		}
	}
}

// write writes the decision, each setting with its reason, and the
// marker by which a log names it. base holds what the lines above set.
func (d decided) write(b *bytes.Buffer, base map[string]string) {
	if d.oneRun != "" {
		comment(b, "Recommendation %s, for one coming run. The next run's input asks for another", d.FileID)
		comment(b, "`apprentice choose`.")
	} else {
		comment(b, "Recommendation %s (%s, %s), as decided when these settings were written;", d.FileID, d.Status, d.Mode)
		comment(b, "`apprentice explain` says what is known now.")
	}
	if d.Reason != "" {
		comment(b, "%s", d.Reason)
	}
	if x := d.Exploration; x.Key != "" {
		if _, held := d.File[x.Key]; !held {
			comment(b, "Tried tonight: %s is left out, so that it is %s again and not %s.", x.Key, x.Value, x.Current)
		}
	}
	if len(d.settings) == 0 {
		comment(b, "No setting changes. The marker below changes nothing: it tells the next log's reader that")
		comment(b, "the run was started with this file.")
	}
	for _, s := range d.settings {
		current := s.Current
		if current == "" {
			current = "unset"
		}
		b.WriteByte('\n')
		comment(b, "%s: %s -> %s (%s)", s.key, current, s.Value, s.Evidence)
		if s.Why != "" {
			comment(b, "%s", s.Why)
		}
		if v, ok := base[s.key]; ok {
			comment(b, "Replaces %s from above.", sparkconf.Redact(s.key, v))
		}
		b.WriteString(s.line + "\n")
	}
	b.WriteByte('\n')
	for _, line := range d.marker {
		b.WriteString(line + "\n")
	}
}

// maxComment bounds a line of reasons, in bytes.
const maxComment = 2000

// comment writes one comment line: whatever the arguments hold, it stays one.
func comment(b *bytes.Buffer, format string, args ...any) {
	line := strings.TrimRight("# "+plain(fmt.Sprintf(format, args...)), " ")
	if len(line) > maxComment {
		line = strings.ToValidUTF8(line[:maxComment], "") + "..."
	}
	b.WriteString(line + "\n")
}

// withoutBlock takes our block out of a base file, which may be a file that we
// wrote, with the blank line that we put before it.
func withoutBlock(base []byte) ([]byte, error) {
	var own []byte
	begin := 0
	for i, line := range bytes.SplitAfter(base, []byte("\n")) {
		switch strings.TrimRight(string(line), "\r\n") {
		case blockBegin:
			if begin > 0 {
				return nil, unclosedBlock(begin)
			}
			begin = i + 1
			if bytes.HasSuffix(own, []byte("\n\n")) || string(own) == "\n" {
				own = own[:len(own)-1]
			}
		case blockEnd:
			if begin == 0 {
				return nil, fmt.Errorf("base file, line %d: end of a block of ours that does not begin; delete the line", i+1)
			}
			begin = 0
		default:
			if begin == 0 {
				own = append(own, line...)
			}
		}
	}
	if begin > 0 {
		return nil, unclosedBlock(begin)
	}
	return own, nil
}

func unclosedBlock(line int) error {
	return fmt.Errorf("base file, line %d: a block of ours begins and does not end; delete it or put back its last line, %q", line, blockEnd)
}

// withoutReasons is what decides whether a file changed: all of it except our
// own comments. Within a file without a block (overrides.conf) all comments are ours.
func withoutReasons(file []byte) []byte {
	var b []byte
	inBlock := !bytes.Contains(file, []byte("\n"+blockBegin+"\n"))
	for line := range bytes.Lines(file) {
		text := strings.TrimRight(string(line), "\r\n")
		inBlock = inBlock || text == blockBegin
		if !inBlock || text != "" && text[0] != '#' {
			b = append(b, line...)
		}
		inBlock = inBlock && text != blockEnd
	}
	return b
}
