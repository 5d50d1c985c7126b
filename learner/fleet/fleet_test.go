package fleet

import (
	"flag"
	"os"
	"testing"
)

var budget = flag.Float64("budget", 2, "")
var full = flag.Bool("full", false, "the fleet of 200 pipelines over 120 nights")

func TestFleet(t *testing.T) {
	spec := Spec{Pipelines: 40, Nights: 60, Seed: 1, Budget: *budget}
	if *full {
		spec.Pipelines, spec.Nights = 200, 120
	}
	s, err := Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Habits())
	for _, w := range append(s.Story, s.WrongOnes...) {
		t.Log(w)
	}
	if err := s.Table(os.Stdout); err != nil {
		t.Fatal(err)
	}
}
