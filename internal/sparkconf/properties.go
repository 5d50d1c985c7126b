package sparkconf

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A Property is one line of a properties file.
type Property struct{ Key, Value string }

// maxProperties bounds a properties file.
const maxProperties = 16 << 20

// ReadProperties reads a file as spark-submit does: java.util.Properties over
// UTF-8, values trimmed (org.apache.spark.util.Utils.getPropertiesFromFile). It
// returns all pairs in the order of the file; where a key repeats, the last one
// counts. Pairs without a key are left out; spark-submit passes over all keys
// that do not start with "spark.".
// A \u that four hexadecimal digits do not follow is an error, as in Java.
func ReadProperties(r io.Reader) ([]Property, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxProperties+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxProperties {
		return nil, fmt.Errorf("properties file is larger than %s", FormatSize(maxProperties))
	}
	var props []Property
	lines := naturalLines(strings.ToValidUTF8(string(b), "\uFFFD"))
	for i := 0; i < len(lines); {
		first := i
		var logical string
		logical, i = joinLines(lines, i)
		key, value := splitPair(logical)
		p := Property{}
		if p.Key, err = unescape(key); err == nil {
			p.Value, err = unescape(value)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", first+1, err)
		}
		if p.Key != "" {
			p.Value = trimValue(p.Value)
			props = append(props, p)
		}
	}
	return props, nil
}

// naturalLines cuts at \n, \r and \r\n.
func naturalLines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.Split(s, "\n")
}

const blanks = " \t\f"

// joinLines gives the logical line that starts at lines[i] and the index after
// it: lines that end in an odd number of backslashes go on in the next one,
// without its leading blanks. Comments and blank lines give "".
func joinLines(lines []string, i int) (logical string, next int) {
	var b strings.Builder
	for ; i < len(lines); i++ {
		part := strings.TrimLeft(lines[i], blanks)
		if b.Len() == 0 && (part == "" || part[0] == '#' || part[0] == '!') {
			return "", i + 1
		}
		slashes := len(part) - len(strings.TrimRight(part, `\`))
		if slashes%2 == 0 {
			b.WriteString(part)
			return b.String(), i + 1
		}
		b.WriteString(part[:len(part)-1])
	}
	return b.String(), i
}

// splitPair cuts a logical line at its first unescaped blank, = or :, and drops
// the blanks and the one = or : between key and value.
func splitPair(line string) (key, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune(blanks+"=:", rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	value = strings.TrimLeft(line[end:], blanks)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blanks)
	}
	return line[:end], value
}

var errUnicodeEscape = errors.New(`malformed \uxxxx: want four hexadecimal digits`)

// unescape resolves \t \n \r \f \uxxxx; any other escaped character is itself.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var units []uint16
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r != '\\' {
			units = utf16.AppendRune(units, r)
			continue
		}
		if i == len(s) {
			break
		}
		r, n = utf8.DecodeRuneInString(s[i:])
		i += n
		switch r {
		case 't':
			r = '\t'
		case 'n':
			r = '\n'
		case 'r':
			r = '\r'
		case 'f':
			r = '\f'
		case 'u':
			if i+4 > len(s) {
				return "", errUnicodeEscape
			}
			unit, ok := hex4(s[i : i+4])
			if !ok {
				return "", errUnicodeEscape
			}
			units = append(units, unit)
			i += 4
			continue
		}
		units = utf16.AppendRune(units, r)
	}
	return string(utf16.Decode(units)), nil
}

func hex4(s string) (uint16, bool) {
	var u uint16
	for _, c := range []byte(s) {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 || c < '0' {
			return 0, false
		}
		u = u<<4 | uint16(d)
	}
	return u, true
}

// trimValue drops what Spark drops around a value: control characters and
// spaces, but not line breaks (Utils.trimExceptCRLF).
func trimValue(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' && r != '\r' && r != '\n' })
}

// FormatProperty writes one line, without its line break, that ReadProperties
// reads back as the same pair. The line is plain ASCII, so that nothing in key
// or value can start another line or show itself as something else. Pairs that
// no line can hold are errors: an empty key, text that is no UTF-8, and values
// that start or end with blanks or control characters, which Spark trims.
func FormatProperty(p Property) (string, error) {
	switch {
	case p.Key == "":
		return "", errors.New("property without a key")
	case !utf8.ValidString(p.Key) || !utf8.ValidString(p.Value):
		return "", fmt.Errorf("property %q: key or value is no UTF-8", p.Key)
	case trimValue(p.Value) != p.Value:
		return "", fmt.Errorf("property %q: Spark would trim the value %q", p.Key, p.Value)
	}
	var b strings.Builder
	escape(&b, p.Key, blanks+"=:#!")
	b.WriteByte('=')
	escape(&b, p.Value, "")
	return b.String(), nil
}

// escape writes s in ASCII, with a backslash before those in special.
func escape(b *strings.Builder, s, special string) {
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\\' || r > ' ' && r < 0x7f && strings.ContainsRune(special, r) || r == ' ' && special != "":
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(b, `\u%04x`, u)
			}
		}
	}
}
