package learner

// A Model predicts, before anyone ran it, what other settings would do to a
// step: the prior of the tables. Without one, all settings are predicted to
// take the baseline's time and only observed evidence decides.
type Model interface {
	// LogRatio is dm: log of the step's predicted time under the settings to,
	// less that under from, and its standard deviation. It is asked for joint
	// actions, never for the sum of single keys.
	LogRatio(step Step, from, to map[string]string) (dm, sd float64)
}

// A Step is what a Model may look at: the demand of one step of a pipeline.
type Step struct {
	Pipeline string
	Name     string             // driver, stage:…, sql:…, run
	Seconds  float64            // the baseline's charge at the median size
	Demand   map[string]float64 // by state field; unknown ones are absent
}

// logRatio is dm; 0 without a model.
func logRatio(m Model, step Step, from, to map[string]string) float64 {
	if m == nil {
		return 0
	}
	dm, _ := m.LogRatio(step, from, to)
	return dm
}
