package sparkconf

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRedactByKey(t *testing.T) {
	for _, key := range []string{
		"spark.myapp.password", "spark.myapp.passwd", "spark.myapp.pwd", "spark.executorEnv.DB_PASS", "spark.hadoop.fs.s3a.secret.key",
		"spark.hadoop.fs.s3a.access.key", "spark.myapp.apikey", "spark.myapp.api-key", "spark.myapp.API_KEY", "spark.myapp.apiKey",
		"spark.myapp.auth.header", "spark.myapp.basicAuth", "spark.myapp.Authorization", "spark.myapp.dsn",
		"spark.hadoop.fs.azure.account.key.acct.dfs.core.windows.net", "spark.hadoop.fs.azure.sas.container.acct.blob.core.windows.net",
		"spark.hadoop.fs.azure.account.oauth2.client.secret.acct.dfs.core.windows.net", "spark.authenticate.secret",
		"spark.ssl.keyPassword", "spark.ssl.keyStorePassword", "spark.myapp.sessionToken", "spark.snowflake.pem_private_key",
		"spark.myapp.connectionString", "spark.cosmos.accountKey", "spark.eventhubs.connection.string", "spark.myapp.credentials",
		"javax.jdo.option.ConnectionPassword", "spark.myapp.passphrase",
	} {
		if got := Redact(key, "abc"); got != Redacted {
			t.Errorf("%s=abc shows %q", key, got)
		}
	}
}

// Settings that an engineer needs to see, with names or values that come near
// to a secret's.
func TestRedactKeeps(t *testing.T) {
	for _, p := range []Property{
		{"spark.sql.shuffle.partitions", "200"},
		{"spark.hadoop.fs.s3a.endpoint", "https://minio.example:9000"},
		{"spark.kubernetes.authenticate.driver.serviceAccountName", "spark-runner"},
		{"spark.kubernetes.container.image", "registry.example:5000/team/spark@sha256:4f1c0cd1a0b2"},
		{"spark.kubernetes.container.image.pullSecrets", "regcred"},
		{"spark.kerberos.renewal.credentials", "ccache"},
		{"spark.kerberos.keytab", "/etc/security/keytabs/etl.keytab"},
		{"spark.security.credentials.hive.enabled", "true"},
		{"spark.hadoop.fs.s3a.aws.credentials.provider", "com.amazonaws.auth.DefaultAWSCredentialsProviderChain"},
		{"spark.hadoop.hadoop.security.auth_to_local", "RULE:[1:$1@$0](.*@EXAMPLE.COM)s/@.*//"},
		{"spark.hadoop.fs.azure.account.auth.type.acct.dfs.core.windows.net", "OAuth"},
		{"spark.hadoop.yarn.resourcemanager.delegation.token.renew-interval", "86400000"},
		{"spark.authenticate", "true"},
		{"spark.redaction.regex", "(?i)secret|password|token|access[.]?key"},
		{"spark.sql.warehouse.dir", "abfss://lake@acct.dfs.core.windows.net/warehouse"},
		{"spark.master", "spark://host:7077"},
		{"spark.jars", "hdfs://nn:8020/jars/a.jar,s3://bucket/b.jar"},
		{"spark.jars.packages", "org.apache.spark:spark-avro_2.12:3.5.7"},
		{"spark.myapp.keyspace", "prod"},
		{"spark.myapp.partition.key", "customer_id"},
		{"spark.myapp.passthrough", "columns"},
		{"spark.myapp.bypass", "x1=2"},
		{"spark.myapp.author", "a1"},
		{"spark.myapp.password.file", "/run/secrets/db"},
		{"spark.myapp.password", ""},
		{"spark.myapp.secret.enabled", "true"},
		{"spark.executor.extraJavaOptions", "-XX:+UseG1GC -Dlog4j.configuration=file:log4j.properties -Duser.timezone=UTC"},
		{"spark.apprentice.recommendation", "3f2a91c0d4"},
	} {
		if got := Redact(p.Key, p.Value); got != p.Value {
			t.Errorf("%s=%s shows %q", p.Key, p.Value, got)
		}
	}
}

func TestRedactText(t *testing.T) {
	const R = Redacted
	for in, want := range map[string]string{
		"load from jdbc:postgresql://u:hunter2@h/db":                              "load from jdbc:postgresql://u:" + R + "@h/db",
		"postgres://u:p@ss:w0rd@h:5432/db":                                        "postgres://u:" + R + "@h:5432/db",
		"mongodb+srv://u:hunter2@c.example/x and s3a://id:hunter2@bucket/p":       "mongodb+srv://u:" + R + "@c.example/x and s3a://id:" + R + "@bucket/p",
		"jdbc:oracle:thin:scott/tiger@//h:1521/x":                                 "jdbc:oracle:thin:scott/" + R + "@//h:1521/x",
		"jdbc:sqlserver://h:1433;databaseName=d;user=u;password=hunter2;a=b":      "jdbc:sqlserver://h:1433;databaseName=d;user=u;password=" + R + ";a=b",
		"jdbc:mysql://h/db?user=u&password=hunter2&ssl=true":                      "jdbc:mysql://h/db?user=u&password=" + R + "&ssl=true",
		"-XX:+UseG1GC -Ddb.pass=hunter2 -Dx.y=1":                                  "-XX:+UseG1GC -Ddb.pass=" + R + " -Dx.y=1",
		"-Djavax.net.ssl.trustStorePassword='hunter two' -Da=b":                   "-Djavax.net.ssl.trustStorePassword='" + R + "' -Da=b",
		"RuntimeError: cannot connect with password=hunter2\n  at f(x)":           "RuntimeError: cannot connect with password=" + R + "\n  at f(x)",
		`{"user": "u", "password": "hunter two", "port": 1}`:                      `{"user": "u", "password": "` + R + `", "port": 1}`,
		`{\"apiKey\":\"hunter2\",\"n\":1}`:                                        `{\"apiKey\":\"` + R + `\",\"n\":1}`,
		"{'client_secret': 'hunter2', 'x': 1}":                                    "{'client_secret': '" + R + "', 'x': 1}",
		"CREATE TABLE t USING jdbc OPTIONS (user 'u', password 'hunter two')":     "CREATE TABLE t USING jdbc OPTIONS (user 'u', password '" + R + "')",
		"SELECT * FROM t WHERE api_token = 'hunter two'":                          "SELECT * FROM t WHERE api_token = '" + R + "'",
		"CREATE USER u IDENTIFIED BY 'hunter2'":                                   "CREATE USER u IDENTIFIED BY '" + R + "'",
		"curl -H 'Authorization: Bearer abc.def-123' x":                           "curl -H 'Authorization: Bearer " + R + "' x",
		"Basic dXNlcjpodW50ZXIy":                                                  "Basic " + R,
		"job.py --db-password hunter2 --date 2026-11-24":                          "job.py --db-password " + R + " --date 2026-11-24",
		"key AKIAIOSFODNN7EXAMPLE used":                                           "key " + R + " used",
		"clone https://ghp_0123456789abcdefghijABCDEFGHIJ012345@github.com/o/r":   "clone https://" + R + "@github.com/o/r",
		"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.":                  "jwt " + R + ".",
		"https://a.blob.core.windows.net/c/f?sv=2024&sig=aB%2Fc%3D&se=2027":       "https://a.blob.core.windows.net/c/f?sv=2024&sig=" + R + "&se=2027",
		"Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey=aGVsbG8=;E=q":     "Endpoint=sb://x/;SharedAccessKeyName=" + R + ";SharedAccessKey=" + R + ";E=q",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nx": R + "\nx",
		"-----BEGIN PRIVATE KEY-----\\nMIIE":                                      R,
	} {
		got := RedactText(in)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		if again := RedactText(got); again != got {
			t.Errorf("%s\nbecomes %s\nthe second time", got, again)
		}
	}
	// Longer than what is read at first.
	long := strings.Repeat("a1", window)
	for _, s := range []string{"password=" + long, "password='" + long + "'", "-----BEGIN PRIVATE KEY-----" + long + "-----END PRIVATE KEY-----"} {
		if got := RedactText(s + " x"); strings.Contains(got, "a1") || !strings.HasSuffix(got, " x") {
			t.Errorf("a long secret is not hidden: %.60s … %s", got, got[max(0, len(got)-60):])
		}
	}
	for _, s := range []string{
		"", "count at job.py:41", "SELECT count(*) FROM sales WHERE day = '2026-11-24' GROUP BY region",
		"HashAggregate(keys=[key#12], functions=[sum(value#13)])", "root\n |-- token: string (nullable = true)\n |-- password: string",
		"struct<id:bigint,token:string>", "[PARSE_SYNTAX_ERROR] Syntax error at or near 'FROM'. unexpected token: FROM",
		"ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB physical memory used",
		"abfss://lake@acct.dfs.core.windows.net/a, hdfs://nn:8020/b", "akka.tcp://sparkDriver@host:34567", "spark://CoarseGrainedScheduler@host:35421",
		"org.apache.hadoop.security.token.Token at line 12", "basic statistics of bearer bonds", "compass: 5, bypass=3, kansas=7",
		"ShuffleExchange hashpartitioning(user_id#5, 200), ENSURE_REQUIREMENTS, [plan_id=31]",
	} {
		if got := RedactText(s); got != s {
			t.Errorf("ordinary text is changed:\n    %s\nto  %s", s, got)
		}
	}
}

// A real log with planted secrets: nothing of them may be left in its properties
// and texts. Two of them stand as literals in a query's plan, with nothing that
// says what they are; plans are for reading shapes and are not shown.
func TestRedactLog(t *testing.T) {
	logs, err := filepath.Glob("../../fixtures/logs/k_secrets/local-*")
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs %q, %v", logs, err)
	}
	f, err := os.Open(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	planted := 0
	for sc.Scan() {
		var event any
		if err := json.Unmarshal(sc.Bytes(), &event); err != nil {
			t.Fatal(err)
		}
		walk("", event, func(key, value string) {
			if key == "physicalPlanDescription" || key == "simpleString" {
				return
			}
			if strings.Contains(value, "hunter2") {
				planted++
			}
			if got := Redact(key, value); strings.Contains(got, "hunter2") {
				i := strings.Index(got, "hunter2")
				t.Errorf("%s shows …%q", key, got[max(0, i-40):min(len(got), i+40)])
			}
			if strings.HasPrefix(key, "spark.sql.") || strings.HasPrefix(key, "spark.memory.") {
				if got := Redact(key, value); got != value && !strings.Contains(value, "hunter2") {
					t.Errorf("%s=%s becomes %s", key, value, got)
				}
			}
		})
	}
	if planted < 20 {
		t.Errorf("only %d planted secrets seen: the test does not look at them", planted)
	}
}

func walk(key string, v any, visit func(key, value string)) {
	switch v := v.(type) {
	case string:
		visit(key, v)
	case []any:
		for _, e := range v {
			walk(key, e, visit)
		}
	case map[string]any:
		for k, e := range v {
			walk(k, e, visit)
		}
	}
}

func FuzzRedactText(f *testing.F) {
	f.Add("password=hunter2")
	f.Add("jdbc:x://u:p@h token: 'a1' --pwd x")
	f.Fuzz(func(t *testing.T, s string) {
		once := RedactText(s)
		if twice := RedactText(once); twice != once {
			t.Errorf("%q\nonce  %q\ntwice %q", s, once, twice)
		}
	})
}

func BenchmarkRedactText(b *testing.B) {
	// Plans are the worst ordinary text: long and full of keys.
	plan := strings.Repeat("HashAggregate(keys=[key#12], functions=[sum(value#13)])\n+- Exchange hashpartitioning(key#12, 200)\n", 100)
	b.SetBytes(int64(len(plan)))
	b.ReportAllocs()
	for b.Loop() {
		RedactText(plan)
	}
}
