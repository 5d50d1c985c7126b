package jsonscan

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Scanner walks the text given to Reset. Its zero value is not ready for use.
type Scanner struct {
	data    []byte
	pos     int
	depth   int
	max     int
	first   bool // a container was just entered, no member read yet
	key     []byte
	keyBuf  []byte
	scratch []byte
	err     error
}

// An Error says where and why a text is not what it should be.
type Error struct {
	Offset int    // byte in the text
	Key    string // last object key read, if any
	Msg    string
	Short  bool // nothing is wrong but that the text ends too early
}

func (e *Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("column %d: %s", e.Offset+1, e.Msg)
	}
	return fmt.Sprintf("column %d, %q: %s", e.Offset+1, e.Key, e.Msg)
}

// Reset starts on data, which may nest at most maxDepth deep.
func (s *Scanner) Reset(data []byte, maxDepth int) {
	s.data, s.pos, s.depth, s.max = data, 0, 0, maxDepth
	s.first, s.key, s.err = false, nil, nil
}

// Err is the first error met.
func (s *Scanner) Err() error { return s.err }

// Fail records an error at the present place, unless there is one already.
func (s *Scanner) Fail(format string, args ...any) { s.fail(false, format, args...) }

func (s *Scanner) fail(short bool, format string, args ...any) {
	if s.err != nil {
		return
	}
	key := s.key
	if len(key) > 64 {
		key = key[:64]
	}
	s.err = &Error{Offset: min(s.pos, len(s.data)), Key: string(key), Msg: fmt.Sprintf(format, args...), Short: short}
	s.pos = len(s.data)
}

// unexpected reports the byte at the present place.
func (s *Scanner) unexpected(want string) {
	if s.pos >= len(s.data) {
		s.fail(true, "text ends where %s should be", want)
		return
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	s.Fail("%q where %s should be", r, want)
}

// peek returns the next byte that is not white space, 0 at the end.
func (s *Scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// A Kind is the type of a JSON value, by its first byte.
type Kind byte

// The kinds of values. Invalid is anything that starts no value.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Kind tells the type of the next value without reading it.
func (s *Scanner) Kind() Kind {
	switch c := s.peek(); {
	case c == '"':
		return String
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	case c == '-' || c >= '0' && c <= '9':
		return Number
	}
	return Invalid
}

// Object enters an object, whose members Next then walks. It returns false for
// null, which is read, and for anything else, which is an error.
func (s *Scanner) Object() bool { return s.enter('{', "an object") }

// Array enters an array, whose elements More then walks.
func (s *Scanner) Array() bool { return s.enter('[', "an array") }

func (s *Scanner) enter(open byte, what string) bool {
	if s.err != nil {
		return false
	}
	switch s.peek() {
	case open:
		if s.depth == s.max {
			s.Fail("nested deeper than %d", s.max)
			return false
		}
		s.pos++
		s.depth++
		s.first = true
		return true
	case 'n':
		s.literal("null")
		return false
	}
	s.unexpected(what)
	return false
}

// Next moves to the next member of the object and reads its key. It returns
// false after the last one. The member's value must be read before the next call.
func (s *Scanner) Next() bool {
	if !s.step('}') {
		return false
	}
	if s.peek() != '"' {
		s.unexpected("a key")
		return false
	}
	start := s.pos + 1
	end, plain := s.stringEnd(start)
	if end < 0 {
		return false
	}
	s.pos = end + 1
	s.key = s.data[start:end]
	if !plain {
		s.keyBuf = unquote(s.keyBuf[:0], s.key)
		s.key = s.keyBuf
	}
	if s.peek() != ':' {
		s.unexpected("a colon")
		return false
	}
	s.pos++
	return true
}

// More moves to the next element of the array; see Next.
func (s *Scanner) More() bool { return s.step(']') }

func (s *Scanner) step(end byte) bool {
	if s.err != nil {
		return false
	}
	c := s.peek()
	if c == end {
		s.pos++
		s.depth--
		s.first = false
		return false
	}
	if s.first {
		s.first = false
		return true
	}
	if c != ',' {
		s.unexpected("a comma or the end of the " + container(end))
		return false
	}
	s.pos++
	return true
}

func container(end byte) string {
	if end == '}' {
		return "object"
	}
	return "array"
}

// Key is the key of the present member; it lives until the next call of Next.
func (s *Scanner) Key() []byte { return s.key }

// End checks that nothing but white space follows and returns Err.
func (s *Scanner) End() error {
	if s.err == nil && (s.peek() != 0 || s.pos < len(s.data)) {
		s.key = nil
		s.unexpected("the end of the line")
	}
	return s.err
}

// Skip reads a value of any kind.
func (s *Scanner) Skip() {
	switch s.Kind() {
	case String:
		if end, _ := s.stringEnd(s.pos + 1); end >= 0 {
			s.pos = end + 1
		}
	case Object:
		for ok := s.Object(); ok && s.Next(); {
			s.Skip()
		}
	case Array:
		for ok := s.Array(); ok && s.More(); {
			s.Skip()
		}
	case Number:
		s.number()
	case Bool:
		s.Bool()
	case Null:
		s.literal("null")
	default:
		s.unexpected("a value")
	}
}

func (s *Scanner) literal(word string) bool {
	if rest := s.data[s.pos:]; !bytes.HasPrefix(rest, []byte(word)) {
		s.fail(len(rest) < len(word) && strings.HasPrefix(word, string(rest)), "not a JSON value")
		return false
	}
	s.pos += len(word)
	return true
}
