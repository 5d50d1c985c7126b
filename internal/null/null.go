// Package null holds the one way in which this program says "unknown".
package null

import (
	"cmp"
	"encoding/json"
)

// Null is a T or unknown. Its zero value is unknown, never T's zero.
type Null[T any] struct {
	V  T
	OK bool
}

// Of returns a known v.
func Of[T any](v T) Null[T] { return Null[T]{V: v, OK: true} }

// If returns v when ok, else unknown.
func If[T any](v T, ok bool) Null[T] {
	if !ok {
		return Null[T]{}
	}
	return Of(v)
}

// Or returns the value, or def where it is unknown.
func (n Null[T]) Or(def T) T {
	if n.OK {
		return n.V
	}
	return def
}

// Max returns the larger of what is known.
func Max[T cmp.Ordered](a, b Null[T]) Null[T] {
	if !a.OK || b.OK && b.V > a.V {
		return b
	}
	return a
}

// MarshalJSON writes the value, or null.
func (n Null[T]) MarshalJSON() ([]byte, error) {
	if !n.OK {
		return []byte("null"), nil
	}
	return json.Marshal(n.V)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *Null[T]) UnmarshalJSON(b []byte) error {
	*n = Null[T]{}
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, &n.V); err != nil {
		return err
	}
	n.OK = true
	return nil
}

// Known tells whether there is a value. Every Null has it, whatever its T, and
// nothing else need: package dataset knows by it which columns may be null.
func (n Null[T]) Known() bool { return n.OK }
