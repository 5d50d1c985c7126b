package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/features/dataset"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
	"github.com/spark-apprentice/apprentice/report"
	"github.com/spf13/cobra"
)

type simulateOptions struct {
	format, curve string
	conf          []string
}

func newSimulate(t *terminal) *cobra.Command {
	var opt simulateOptions
	cmd := &cobra.Command{
		Use:   "simulate LOG",
		Short: "What a run would take under other settings",
		Long: `Simulate replays one logged run under other settings, by Spark's own rules and by
costs fitted on the runs of the dataset; without a dataset by costs that are
priors. It first replays the run as it was: that shows the model's own error.
Settings with which Spark would not start are refused, with its rule.`,
		Example: "  apprentice simulate app-20261123174528-0002.zstd --conf spark.sql.adaptive.enabled=true\n" +
			"  apprentice simulate app-20261123174528-0002.zstd --curve spark.sql.shuffle.partitions",
		GroupID: groupLook,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return opt.run(cmd, t, args[0]) },
	}
	cmd.Flags().StringArrayVar(&opt.conf, "conf", nil, "a setting to try; may be repeated")
	cmd.Flags().Lookup("conf").Annotations = argName("KEY=VALUE")
	cmd.Flags().StringVar(&opt.curve, "curve", "", "also the run time by each candidate value of this key")
	cmd.Flags().Lookup("curve").Annotations = argName("KEY")
	formatFlag(cmd, &opt.format, "text", "json")
	addOptions(cmd.Flags(), []string{"state", "agents", "pipelines", "user"})
	return cmd
}

func (opt simulateOptions) run(cmd *cobra.Command, t *terminal, path string) error {
	cfg, err := loadConfig(cmd.Flags(), t)
	if err != nil {
		return err
	}
	settings, err := parseConf(opt.conf)
	if err != nil {
		return err
	}
	candidates, err := opt.candidates(cfg)
	if err != nil {
		return err
	}
	app, err := readApp(cmd.Context(), t, cfg, path)
	if err != nil {
		return err
	}
	if err := knownTo(app.Run.SparkVersion, settings, opt.curve); err != nil {
		return err
	}
	runs, stages, err := readFleet(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	costs := replay.Priors()
	if len(runs) > 0 {
		costs = replay.Fit(runs, stages)
	}
	run, ok := replay.New(costs).Open(&app.Run, features.StagesByRun(app.Stages)[app.Run.RunKey])
	if !ok {
		return fmt.Errorf("%s: no stage ran to its end: there is nothing to replay", name(path))
	}
	if why := run.NoStart(settings); why != "" {
		return withHint(fmt.Errorf("--conf: Spark would not start this run, so that there is no time to predict: %s", why), "Change or leave out that setting.")
	}
	sim := report.Simulation{
		Run: &app.Run, Stages: app.Stages, Costs: costs, Settings: settings,
		Same: run.Predict(nil, 1), Other: run.Predict(settings, 1),
	}
	if opt.curve != "" {
		c := curve{run, &app.Run, settings, opt.curve}
		if sim.Curve, err = c.points(candidates, runs); err != nil {
			return err
		}
	}
	if opt.format == "json" {
		return report.SimulateJSON(t.out, sim)
	}
	return report.Simulate(t.out, sim)
}

// parseConf reads settings as spark-submit takes them.
func parseConf(conf []string) (map[string]string, error) {
	settings := map[string]string{}
	for _, kv := range conf {
		key, value, ok := strings.Cut(kv, "=")
		if !ok {
			return nil, withHint(fmt.Errorf("--conf %s is not KEY=VALUE", name(kv)), "Example: --conf spark.sql.shuffle.partitions=64")
		}
		key = strings.TrimSpace(key)
		if err := sparkconf.Valid(key, value); err != nil {
			hint := ""
			if !sparkconf.Declared(key) {
				hint = didYouMean(key, sparkconf.Tunable())
			}
			return nil, fmt.Errorf("--conf: %w%s", err, hint)
		}
		settings[key] = sparkconf.Canonical(key, value)
	}
	return settings, nil
}

// knownTo checks that the run's Spark has the keys: it would ignore others.
func knownTo(version string, settings map[string]string, curve string) error {
	v, err := sparkconf.ParseVersion(version)
	if err != nil {
		return nil // a vendor's own numbering; nothing to check against
	}
	keys := []string{curve}
	for k := range settings {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if _, ok := sparkconf.Lookup(k, v); k != "" && !ok {
			return fmt.Errorf("Spark %s, which wrote the log, does not know %s", v.Line(), k)
		}
	}
	return nil
}

// readFleet reads what costs are fitted on, under the names of today's rules.
func readFleet(ctx context.Context, cfg *Config) (runs []features.Run, stages []features.Stage, err error) {
	opt, err := cfg.extraction()
	if err != nil {
		return nil, nil, err
	}
	store, err := dataset.Open(cfg.State)
	if err != nil {
		return nil, nil, err
	}
	if runs, err = dataset.Read[features.Run](ctx, store, tableRuns); err != nil {
		return nil, nil, err
	}
	features.Rename(runs, opt.Pipelines)
	stages, err = dataset.Read[features.Stage](ctx, store, tableStages)
	return runs, stages, err
}
