package sparkconf

import (
	"regexp"
	"strings"
)

// Redacted is what stands for a secret; it is Spark's own word
// (org.apache.spark.util.Utils.REDACTION_REPLACEMENT_TEXT).
const Redacted = "*********(redacted)"

// Redact hides the value where its key says that it is a secret, and what looks
// like a secret within any other value. Spark hides by the name alone, and only
// names with secret, password, token or access key.
func Redact(key, value string) string {
	if secretKey(key) && !harmless[strings.ToLower(javaTrim(value))] {
		return Redacted
	}
	return RedactText(value)
}

// harmless values are no secrets, whatever they are called: switches, absences,
// and the types that a schema or a signature names ("token: string").
var harmless = set("", "true", "false", "none", "null", "nil", "undefined", "string", "str", "varchar", "char", "text",
	"int", "integer", "bigint", "long", "binary", "bytes", "boolean", "bool", "struct", "array", "map", "optional")

// Words of names that hold secrets. A name is cut into words at separators and
// at capitals: DB_PASS, s3AccessKey.
var (
	anywhere = set("password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "apikey", "apitoken", "authtoken",
		"credential", "credentials", "dsn", "authorization", "sas", "accesskey", "secretkey", "privatekey", "accountkey", "jwt", "bearer")
	atTheEnd  = set("pass", "auth", "cookie", "pin", "authheader")
	beforeKey = set("api", "access", "account", "secret", "private", "encryption", "shared", "signing", "storage", "master", "subscription", "license")
	afterAuth = set("header", "headers", "key", "value", "data", "string", "info")
	aboutOnes = set("enabled", "file", "path", "dir", "type", "class", "provider", "name", "interval", "ttl", "duration", "algorithm", "expiry", "period",
		"length", "bits", "count", "mode", "timeout", "regex", "ratio", "wait", "size", "id", "ids", "threshold", "seconds", "secs", "ms", "percent")
)

func set(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

var (
	separators = regexp.MustCompile(`[^a-z0-9]+`)
	capitals   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// secretKey reports whether a key's name says that its value is a secret. Names
// that speak about a secret (token.ttl, secret.file) do not, nor do the keys
// that Spark declares, but for one.
func secretKey(key string) bool {
	if _, ok := catalogue()[key]; ok {
		return key == "spark.authenticate.secret"
	}
	words := strings.Fields(separators.ReplaceAllString(strings.ToLower(capitals.ReplaceAllString(key, "$1 $2")), " "))
	if len(words) == 0 || aboutOnes[words[len(words)-1]] {
		return false
	}
	for i, w := range words {
		last := i == len(words)-1
		switch {
		case anywhere[w], last && atTheEnd[w]:
			return true
		case last:
		case w == "auth" && afterAuth[words[i+1]], w == "connection" && words[i+1] == "string":
			return true
		case words[i+1] == "key" && beforeKey[w]:
			return true
		}
	}
	return false
}
