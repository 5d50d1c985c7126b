package jsonscan

import (
	"math"
	"strconv"
)

// Null reads a null, if the next value is one.
func (s *Scanner) Null() bool {
	return s.err == nil && s.peek() == 'n' && s.literal("null")
}

// Bool reads true or false; null gives false.
func (s *Scanner) Bool() bool {
	if s.err != nil {
		return false
	}
	switch s.peek() {
	case 't':
		return s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.unexpected("true or false")
	}
	return false
}

// Int reads an integer; null gives 0. A number with a fraction or an exponent
// is taken if its value is an integer, as tools that rewrite logs produce them.
func (s *Scanner) Int() int64 {
	if s.Null() {
		return 0
	}
	text, integer := s.number()
	if text == nil {
		return 0
	}
	n, ok := parseInt(text, integer)
	if !ok {
		s.pos -= len(text)
		s.Fail("%s is no 64-bit integer", clip(text))
	}
	return n
}

// Float reads a number; null gives 0.
func (s *Scanner) Float() float64 {
	if s.Null() {
		return 0
	}
	text, _ := s.number()
	if text == nil {
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		s.pos -= len(text)
		s.Fail("%s is out of range", clip(text))
	}
	return f
}

// LooseInt reads what should be an integer: a number, or a string that holds
// one. Any other value is read and gives 0.
func (s *Scanner) LooseInt() int64 {
	switch s.Kind() {
	case Number:
		text, integer := s.number()
		n, _ := parseInt(text, integer)
		return n
	case String:
		n, err := strconv.ParseInt(string(s.Bytes()), 10, 64)
		if err != nil {
			return 0
		}
		return n
	default:
		s.Skip()
		return 0
	}
}

// number reads a number and returns its text, and whether it is an integer
// without fraction and exponent.
func (s *Scanner) number() (text []byte, integer bool) {
	if s.err != nil {
		return nil, false
	}
	s.peek()
	d, start, i := s.data, s.pos, s.pos
	if i < len(d) && d[i] == '-' {
		i++
	}
	switch {
	case i < len(d) && d[i] == '0':
		i++
	case i < len(d) && d[i] >= '1' && d[i] <= '9':
		i = digits(d, i)
	default:
		s.pos = i
		s.unexpected("a number")
		return nil, false
	}
	integer = true
	if i < len(d) && d[i] == '.' {
		integer = false
		if j := digits(d, i+1); j > i+1 {
			i = j
		} else {
			s.pos = j
			s.unexpected("a digit")
			return nil, false
		}
	}
	if i < len(d) && (d[i] == 'e' || d[i] == 'E') {
		integer = false
		i++
		if i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		if j := digits(d, i); j > i {
			i = j
		} else {
			s.pos = j
			s.unexpected("a digit")
			return nil, false
		}
	}
	s.pos = i
	return d[start:i], integer
}

func digits(d []byte, i int) int {
	for i < len(d) && d[i] >= '0' && d[i] <= '9' {
		i++
	}
	return i
}

func parseInt(text []byte, integer bool) (int64, bool) {
	if !integer {
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil || f != math.Trunc(f) || f < -1<<63 || f >= 1<<63 {
			return 0, false
		}
		return int64(f), true
	}
	if len(text) < 19 { // cannot overflow
		n, neg := int64(0), text[0] == '-'
		if neg {
			text = text[1:]
		}
		for _, c := range text {
			n = n*10 + int64(c-'0')
		}
		if neg {
			n = -n
		}
		return n, true
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

func clip(text []byte) string {
	if len(text) > 40 {
		return string(text[:40]) + "…"
	}
	return string(text)
}
