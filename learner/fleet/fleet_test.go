package fleet

import (
	"flag"
	"os"
	"testing"
)

var full = flag.Bool("full", false, "the fleet of 200 pipelines over 120 nights")

func TestFleet(t *testing.T) {
	spec := Spec{Pipelines: 40, Nights: 60, Seed: 1}
	if *full {
		spec.Pipelines, spec.Nights = 200, 120
	}
	s, err := Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Habits())
	for _, w := range s.WrongOnes {
		t.Log(w)
	}
	if err := s.Table(os.Stdout); err != nil {
		t.Fatal(err)
	}
}
