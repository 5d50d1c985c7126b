package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Text reads a string; null gives "".
func (s *Scanner) Text() string { return string(s.Bytes()) }

// Bytes reads a string without copying it where it can; null gives nil. The
// result lives until the next call and must not be changed.
func (s *Scanner) Bytes() []byte {
	if s.err != nil {
		return nil
	}
	switch s.peek() {
	case '"':
	case 'n':
		s.literal("null")
		return nil
	default:
		s.unexpected("a string")
		return nil
	}
	start := s.pos + 1
	end, plain := s.stringEnd(start)
	if end < 0 {
		return nil
	}
	s.pos = end + 1
	if plain {
		return s.data[start:end]
	}
	s.scratch = unquote(s.scratch[:0], s.data[start:end])
	return s.scratch
}

// Raw reads a value of any kind and returns its text as it stands.
func (s *Scanner) Raw() []byte {
	s.peek()
	start := s.pos
	s.Skip()
	if s.err != nil {
		return nil
	}
	return s.data[start:s.pos]
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks (in the high bits) the bytes of x that are no plain string
// content: quote, backslash, control characters, non-ASCII. Only the lowest
// mark is exact; borrows may add false ones above it.
func special(x uint64) uint64 {
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x | x) & highs
}

// stringEnd finds the closing quote of the string whose content starts at i,
// and whether the content stands for itself. It checks escapes and control
// characters. The end is −1 after an error.
func (s *Scanner) stringEnd(i int) (end int, plain bool) {
	d := s.data
	plain = true
	for {
		for i+8 <= len(d) {
			m := special(binary.LittleEndian.Uint64(d[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		if i >= len(d) {
			s.pos = len(d)
			s.unexpected("the end of a string")
			return -1, false
		}
		switch c := d[i]; {
		case c == '"':
			return i, plain
		case c == '\\':
			plain = false
			n := escapeLen(d[i:])
			if n == 0 {
				s.pos = i
				s.fail(len(d)-i < 6, "bad escape in a string")
				return -1, false
			}
			i += n
		case c < 0x20:
			s.pos = i
			s.Fail("control character %#02x in a string", c)
			return -1, false
		case c >= utf8.RuneSelf:
			plain = false
			i++
		default:
			i++
		}
	}
}

// escapeLen returns the length of the escape that d starts with, 0 if it is none.
func escapeLen(d []byte) int {
	if len(d) < 2 {
		return 0
	}
	switch d[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if hex4(d[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

// hex4 reads four hexadecimal digits, −1 if there are none.
func hex4(d []byte) rune {
	if len(d) < 4 {
		return -1
	}
	var r rune
	for _, c := range d[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unquote appends the decoded content of a string that stringEnd accepted.
func unquote(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\\' && src[i+1] == 'u':
			r := hex4(src[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+6 <= len(src) && src[i] == '\\' && src[i+1] == 'u' {
					low = hex4(src[i+2:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		case c == '\\':
			dst = append(dst, unescape(src[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(src[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
