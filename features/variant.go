package features

// newPlanRuns is how many runs in a row make a new plan of a pipeline with
// variants one of them.
const newPlanRuns = 3

// variantsOf names the plans of a pipeline that take turns: "a", "b", … in the
// order in which they first appeared, so that a name stays with its plan. runs
// are oldest first.
//
// Plans take turns where at least two of them come back after another one. A
// plan that appears in one stretch only is none: AAABBB is a change of code,
// AAABAAA an aberration. A new plan that has stayed for newPlanRuns runs since
// joins the variants of a pipeline that has some. nil: no variants.
func variantsOf(runs []Run, members []int) map[string]string {
	stretches := map[string]int{}
	var order []string
	last, length := "", 0
	for _, i := range members {
		plan := runs[i].PlanSignature
		if plan == last && length > 0 {
			length++
			continue
		}
		if stretches[plan] == 0 {
			order = append(order, plan)
		}
		stretches[plan]++
		last, length = plan, 1
	}
	recurring := 0
	for _, n := range stretches {
		if n > 1 {
			recurring++
		}
	}
	if recurring < 2 {
		return nil
	}
	names := map[string]string{}
	for _, plan := range order {
		if stretches[plan] > 1 || plan == last && length >= newPlanRuns {
			names[plan] = variantName(len(names))
		}
	}
	return names
}

// variantName counts a, b, …, z, aa, ab, …
func variantName(n int) string {
	name := string(rune('a' + n%26))
	if n >= 26 {
		return variantName(n/26-1) + name
	}
	return name
}

// Workload is the run's pipeline, with its variant as name@a where it has several.
func (r *Run) Workload() string {
	if r.Variant == "" {
		return r.Pipeline
	}
	return variantOf(r.Pipeline, r.Variant)
}

func variantOf(pipeline, name string) string { return pipeline + "@" + name }
