package features

import (
	"testing"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

func TestInForce(t *testing.T) {
	r := Run{
		ConfEffective: map[string]Setting{
			"spark.executor.memory":           {Value: "4g", Source: FromLog},
			"spark.sql.shuffle.partitions":    {Value: "64", Source: FromRuntimeSet},
			"spark.memory.fraction":           {Value: "0.6", Source: FromDefault},
			"spark.executor.memoryOverhead":   {Source: FromDefault}, // unset
			"spark.driver.memory":             {Source: FromUnknown}, // redacted
			"spark.sql.adaptive.enabled":      {Value: "true", Source: FromUnknown},
			"spark.sql.files.openCostInBytes": {Value: "4m", Source: FromDefault},
		},
		ConfLogged: map[string]string{
			"spark.executor.memory": "4096m", "spark.sql.shuffle.partitions": "200", "spark.driver.memory": "1g",
			"spark.speculation.quantile": " 0.9", "spark.checkpoint.compress": "TRUE", "spark.some.token": sparkconf.Redacted,
		},
	}
	for key, want := range map[string]string{
		"spark.executor.memory": "4g", "spark.sql.shuffle.partitions": "64", "spark.memory.fraction": "0.6", "spark.sql.files.openCostInBytes": "4m",
		"spark.executor.memoryOverhead": "", "spark.driver.memory": "", "spark.sql.adaptive.enabled": "",
		"spark.checkpoint.compress": "true", "spark.speculation.quantile": sparkconf.Canonical("spark.speculation.quantile", " 0.9"), "spark.some.token": "", "spark.other": "",
	} {
		got, ok := r.InForce(key)
		if ok != (want != "") || got != want {
			t.Errorf("%s: %q, %v, want %q", key, got, ok, want)
		}
	}
}
