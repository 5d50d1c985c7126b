package replay

import (
	"cmp"
	"math"
	"slices"
)

// batch is a whole number of tasks of one duration, one after another.
type batch struct{ n, seconds float64 }

// mostListed is up to how many tasks are scheduled one by one.
const mostListed = 256

// logged are a stage's tasks as the log had them: the longest where they
// stood, the others mixed evenly.
func (s *stage) logged() []batch {
	type placed struct {
		at float64
		batch
	}
	var out []placed
	rest := slices.Clone(s.times)
	for _, t := range s.longest {
		out = append(out, placed{float64(t.index) / s.n, batch{1, t.seconds}})
		if i := slices.IndexFunc(rest, func(b bin) bool { return b.class == t.class && b.n >= 1 }); i >= 0 {
			b := &rest[i]
			b.seconds = max(b.seconds*b.n-t.seconds, 0)
			if b.n--; b.n > 0 {
				b.seconds /= b.n
			}
		}
	}
	for _, b := range rest {
		pieces := math.Floor(min(b.n, mostListed/4))
		for k := range int(pieces) {
			n := math.Floor(b.n*float64(k+1)/pieces) - math.Floor(b.n*float64(k)/pieces)
			out = append(out, placed{(float64(k) + 0.5) / pieces, batch{n, b.seconds}})
		}
	}
	slices.SortStableFunc(out, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	batches := make([]batch, len(out))
	for i := range out {
		batches[i] = out[i].batch
	}
	return batches
}

// loads are a stage's tasks under the plan.
func (p *plan) loads(s *planned) []load {
	t := s.demand.times(s.cost)
	each := (t[perTask] + t[perPython] + t[otherTask]) / s.tasks
	full := (t[perFile] + t[perRawBlock] + t[perBlock] + t[perFetch]) / max(s.full, 1)
	bytes := p.added(s)
	for i, v := range t {
		if byBytes[i] {
			bytes += v
		}
	}
	warm := t[perJVM] + s.movedJVM*warmups(s.tasks, &p.at.layout)
	slots := p.at.layout.slots
	if sum := t.sum(); s.gcMore != 0 && sum > 0 { // all that a task does takes longer
		longer := 1 + s.gcMore/sum
		each, full, warm = each*longer, full*longer, warm+t[perJVM]*(longer-1)
		bytes = (bytes-p.added(s))*longer + p.added(s)
		t = t.scaled(longer)
	}
	switch {
	case s.load != nil && s.tasks == s.n && s.shares == nil:
		factor := (t.sum() + p.added(s) + warm - t[perJVM]) / s.slotTime
		out := make([]batch, len(s.load))
		for i, b := range s.load {
			out[i] = batch{b.n, b.seconds * factor}
		}
		return listed(out, 0, slots)
	case s.shares != nil:
		out := make([]batch, len(s.shares))
		for i, share := range s.shares {
			out[i] = batch{1, each + full + share*bytes}
		}
		return listed(out, warm, slots)
	}
	return listed(even(s, each, full, bytes), warm, slots)
}

// even cuts bytes evenly, but for hot keys, which stay whole. More of them
// than tasks share tasks.
func even(s *planned, each, full, bytes float64) []batch {
	n := max(math.Round(s.full), 1)
	cool := 1.0
	for _, h := range s.hot {
		cool -= h
	}
	usual := each + full*s.full/n + max(cool, 0)*bytes/n
	hot := make([]batch, min(len(s.hot), int(n)))
	for i := range hot {
		hot[i] = batch{1, usual}
	}
	for i, h := range s.hot {
		hot[i%len(hot)].seconds += h * bytes
	}
	var out []batch
	left := n - float64(len(hot))
	for i, b := range hot {
		gap := math.Floor(left / float64(len(hot)+1-i))
		left -= gap
		out = append(out, batch{gap, usual}, b)
	}
	return append(out, batch{left, usual}, batch{max(math.Round(s.tasks)-n, 0), each})
}

// listed turns batches into loads. Up to mostListed tasks are listed one by
// one; of more, only the long ones and the last ones, where it matters which
// slot a task gets. warm is what the first tasks take longer together.
func listed(batches []batch, warm float64, slots int) []load {
	var n, sum float64
	for _, b := range batches {
		n, sum = n+b.n, sum+b.n*b.seconds
	}
	if n == 0 {
		return nil
	}
	if n <= mostListed {
		out := make([]load, 0, int(n))
		for _, b := range batches {
			for range int(b.n) {
				out = append(out, load{Seconds: b.seconds})
			}
		}
		first := min(len(out), slots)
		for i := range first {
			out[i].Seconds += warm / float64(first)
		}
		return out
	}
	long := 3 * sum / n
	tail := float64(min(2*slots, mostListed))
	var out []load
	many := warm
	flush := func() {
		if many > 0 {
			out = append(out, load{many, true})
		}
		many = 0
	}
	left := n
	for _, b := range batches {
		single := 0.0
		if b.seconds > long && b.n < mostListed {
			single = b.n
		} else if left-b.n < tail {
			single = min(b.n, tail-(left-b.n))
		}
		left -= b.n
		many += (b.n - single) * b.seconds
		if single > 0 {
			flush()
		}
		for range int(single) {
			out = append(out, load{Seconds: b.seconds})
		}
	}
	flush()
	return out
}
