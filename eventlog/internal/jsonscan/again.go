package jsonscan

import "bytes"

// A Text is how a value was written. The zero Text is none.
type Text struct {
	text  []byte
	depth int // at which it stood
}

// Again passes over the next value if it is written as t says, which is quicker
// than reading it. A value that stands deeper than t did is not passed over: it
// might nest too deep there. Key stays what it was: no key within the value is
// read, so an error behind it names another one than after reading.
func (s *Scanner) Again(t *Text) bool {
	if s.err != nil || len(t.text) == 0 || s.depth > t.depth {
		return false
	}
	s.peek()
	if !bytes.HasPrefix(s.data[s.pos:], t.text) {
		return false
	}
	s.pos += len(t.text)
	return true
}

// Place is where the next value begins, for Keep.
func (s *Scanner) Place() int {
	s.peek()
	return s.pos
}

// Keep makes t the text of the array, object, string or null that was read from
// place on, and reports whether it did: a text that failed or is longer than most
// bytes is not kept. (The text of a number does not show where it ends.)
func (s *Scanner) Keep(t *Text, place, most int) bool {
	if s.err != nil || s.pos-place > most {
		return false
	}
	t.text, t.depth = append(t.text[:0], s.data[place:s.pos]...), s.depth
	return true
}
