package features

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
)

func TestCleanName(t *testing.T) {
	tests := []struct{ in, want string }{
		{"daily-revenue-report-2026-10-03", "daily-revenue-report"},
		{"orders_enrich_20261003", "orders_enrich"},
		{"feature-refine-2026-10-03T02:15", "feature-refine"},
		{"device-events-20261003-0300", "device-events"},
		{"Sales star ETL 2026-10-03", "Sales star ETL"},
		{"DocTopics-20261003", "DocTopics"},
		{"clickstream-user-agg-2026-10-03", "clickstream-user-agg"},
		{"trips_by_city_2026-10-03", "trips_by_city"},
		{"etl 2026/10/03 02:15:00.123+02:00", "etl"},
		{"etl_03.10.2026", "etl"},
		{"etl_10-03-2026_v2", "etl_v2"},
		{"etl 3 Oct 2026", "etl"},
		{"etl Oct 3, 2026", "etl"},
		{"monthly-2026-10", "monthly"},
		{"weekly-2026-W40", "weekly"},
		{"orders20261003", "orders"},
		{"sales_20261003_eu", "sales_eu"},
		{"2026-10-03 sales", "sales"},
		{"sales (2026-10-03)", "sales"},
		{"sales [run 42] eu", "sales eu"},
		{"ingest-run-42", "ingest"},
		{"ingest_attempt2", "ingest"},
		{"ingest #17", "ingest"},
		{"ingest-1795452567", "ingest"},
		{"ingest-1795452567759", "ingest"},
		{"ingest 8f14e45f-ceea-467f-a8a4-1d2b3c4d5e6f", "ingest"},
		{"ingest-3fa9c2d17b", "ingest"},
		{"scheduled__2026-10-03T02:00:00+00:00", ""},
		{"load.scheduled__2026-10-03T02:00:00+00:00.facts", "load.facts"},
		{"application_1700000000001_0042", ""},
		{"copy of app-20261003174528-0002", "copy of"},
		// What stays: it tells one pipeline from another.
		{"s3-export", "s3-export"},
		{"top10", "top10"},
		{"job-v2", "job-v2"},
		{"h3-index-9", "h3-index-9"},
		{"area51-2", "area51-2"},
		{"report-24h", "report-24h"},
		{"census 2020", "census 2020"},
		{"dead-beef", "dead-beef"},
		{"decade2020", "decade2020"},
		{"k8s_base64", "k8s_base64"},
		{"x-1.2.3", "x-1.2.3"},
		{"retry-queue", "retry-queue"},
		{"2026-10-03", ""},
		{"", ""},
		{"evil\napp \"quoted\" \x1b[31m\u202eabc", "evil app \"quoted\" [31mabc"},
	}
	for _, tt := range tests {
		if got := cleanName(tt.in); got != tt.want {
			t.Errorf("cleanName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// What holds of every name, whatever an application calls itself.
func checkName(t *testing.T, name string) {
	t.Helper()
	got := cleanName(name)
	if again := cleanName(got); again != got {
		t.Errorf("cleanName(%q) = %q, and of that %q", name, got, again)
	}
	if got != cleanName(name) {
		t.Errorf("cleanName(%q) changes from call to call", name)
	}
	if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		t.Errorf("cleanName(%q) = %q holds control characters", name, got)
	}
	if p := pipelineOf(nil, name, "", nil); p == "" {
		t.Errorf("pipelineOf(%q) is empty", name)
	}
}

func TestNamesHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	pieces := []string{"sales", "2026-10-03", "20261003", "-", "_", " ", "T02:15", "run", "42", "0300", "(", ")", "#", "v2", ".", "1795452567759",
		"\n", "é中", "\u202e", "8f14e45f-ceea-467f-a8a4-1d2b3c4d5e6f", "2026", "10", "attempt", "3fa9c2d17b", "oct", "[", "]", "/", "w40", "+", "Z"}
	for range 5000 {
		var b strings.Builder
		for range 1 + rng.IntN(7) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		checkName(t, b.String())
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"orders_enrich_20261003", "a (2026-10-03) b", "run 1 run 2", "20261003-20261004", "x-\xff\xfe-2026-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkName(t, s) })
}

func TestPipelineOf(t *testing.T) {
	tests := []struct {
		name  string
		rules []PipelineRule
		app   string
		class string
		props map[string]string
		want  string
	}{
		{name: "name without its date", app: "etl-2026-10-03", want: "etl"},
		{name: "property rule first", rules: []PipelineRule{{Property: "spark.team.job"}}, app: "etl", props: map[string]string{"spark.team.job": "facts"}, want: "facts"},
		{name: "rule that does not match", rules: []PipelineRule{{Property: "spark.team.job"}}, app: "etl", want: "etl"},
		{name: "regexp rule with a name", rules: []PipelineRule{{AppName: `^job-(\w+)-\d+$`, Name: "nightly $1"}}, app: "job-sales-17", want: "nightly sales"},
		{name: "regexp rule without", rules: []PipelineRule{{AppName: `^[a-z]+`}}, app: "sales-17", want: "sales"},
		{name: "airflow labels", app: "arrow-spark", props: map[string]string{
			"spark.kubernetes.driver.label.dag_id": "sales", "spark.kubernetes.driver.label.task_id": "load"}, want: "sales.load"},
		{name: "airflow context", app: "x", props: map[string]string{
			"spark.yarn.appMasterEnv.AIRFLOW_CTX_DAG_ID": "sales", "spark.yarn.appMasterEnv.AIRFLOW_CTX_TASK_ID": "load"}, want: "sales.load"},
		{name: "yarn tag with key", app: "x", props: map[string]string{"spark.yarn.tags": "owner=eve,pipeline=sales-2026-10-03"}, want: "sales"},
		{name: "only yarn tag", app: "x", props: map[string]string{"spark.yarn.tags": "sales"}, want: "sales"},
		{name: "bare yarn tags say nothing", app: "x", props: map[string]string{"spark.yarn.tags": "sales,prod"}, want: "x"},
		{name: "livy's tag is none", app: "x", props: map[string]string{"spark.yarn.tags": "livy-batch-17-AbCd"}, want: "x"},
		{name: "databricks job", app: "Databricks Shell", props: map[string]string{
			"spark.databricks.clusterUsageTags.clusterAllTags": `[{"key":"Vendor","value":"Databricks"},{"key":"RunName","value":"sales"}]`}, want: "sales"},
		{name: "databricks job by number", app: "Databricks Shell", props: map[string]string{
			"spark.databricks.clusterUsageTags.clusterAllTags": `[{"key":"JobId","value":"998877665544"}]`}, want: "job998877665544"},
		{name: "main class", app: "2026-10-03", class: "com.example.Sales", want: "com.example.Sales"},
		{name: "nothing", want: "unnamed"},
	}
	for _, tt := range tests {
		if got := pipelineOf(tt.rules, tt.app, tt.class, tt.props); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMainClass(t *testing.T) {
	tests := []struct{ command, want string }{
		{"org.apache.spark.deploy.SparkSubmit --master yarn --class com.example.Sales --name s /opt/sales.jar 2026-10-03", "com.example.Sales"},
		{"org.apache.spark.deploy.SparkSubmit --master yarn --py-files a.py,b.py /opt/jobs/sales.py x", "sales"},
		{"org.apache.spark.deploy.SparkSubmit pyspark-shell", "org.apache.spark.deploy.SparkSubmit"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := mainClass(tt.command); got != tt.want {
			t.Errorf("mainClass(%q) = %q, want %q", tt.command, got, tt.want)
		}
	}
}

func TestGenericNames(t *testing.T) {
	for _, name := range []string{"pyspark-shell", "PySparkShell", "Spark shell", "Databricks Shell", "Zeppelin", "SparkSQL::10.0.0.1", "spark-sql",
		"Thrift JDBC/ODBC Server", "org.apache.spark.deploy.SparkSubmit", "livy-session-7", "unnamed"} {
		if !genericName(name) {
			t.Errorf("%q is generic", name)
		}
	}
	for _, name := range []string{"sales", "spark-sql-export", "pyspark-shell-report", "zebra", "test-set-builder"} {
		if genericName(name) {
			t.Errorf("%q is a name", name)
		}
	}
}
