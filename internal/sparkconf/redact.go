package sparkconf

import (
	"regexp"
	"strings"
)

// Redacted is what stands for a secret; Spark's own word.
const Redacted = "*********(redacted)"

// Redact hides the value where its key says that it is a secret, and what looks
// like a secret within any other value.
func Redact(key, value string) string {
	if value == "" || value == Redacted {
		return value
	}
	if secretKey(key) && !harmless(value) {
		return Redacted
	}
	return RedactText(value)
}

// nameWords are parts of names that hold secrets, after the name is cut at
// separators and capitals.
var nameWords = map[string]bool{
	"password": true, "passwd": true, "passphrase": true, "pwd": true, "pass": true, "secret": true, "secrets": true, "token": true,
	"apikey": true, "credential": true, "credentials": true, "dsn": true, "authorization": true, "sas": true, "auth": true,
	"accesskey": true, "secretkey": true, "privatekey": true, "accountkey": true, "jwt": true, "bearer": true, "cookie": true,
}

// namePairs are two words in a row that do.
var namePairs = map[string]bool{
	"api key": true, "access key": true, "account key": true, "secret key": true, "private key": true, "encryption key": true,
	"shared key": true, "signing key": true, "storage key": true, "master key": true, "connection string": true,
}

// notSecret are last words of names that speak about a secret and hold none.
var notSecret = map[string]bool{
	"enabled": true, "file": true, "path": true, "type": true, "class": true, "provider": true, "name": true, "interval": true, "ttl": true,
	"duration": true, "algorithm": true, "expiry": true, "length": true, "bits": true, "count": true, "mode": true, "timeout": true, "renewal": true,
}

var (
	nameCut = regexp.MustCompile(`[^a-z0-9]+`)
	camel   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

func secretKey(key string) bool {
	words := strings.Fields(nameCut.ReplaceAllString(strings.ToLower(camel.ReplaceAllString(key, "$1 $2")), " "))
	if len(words) == 0 || notSecret[words[len(words)-1]] {
		return false
	}
	for i, w := range words {
		if nameWords[w] || i > 0 && namePairs[words[i-1]+" "+w] {
			return true
		}
	}
	return false
}

// harmless values are no secrets, whatever the key is called.
func harmless(value string) bool {
	switch strings.ToLower(javaTrim(value)) {
	case "", "true", "false", "none", "null":
		return true
	}
	return false
}

const secretWord = `(?:[\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_.-]?key|access[_.-]?key|account[_.-]?key|private[_.-]?key|credentials?|dsn|sas|[_.-]pass)|pass|auth)`

// Each pattern's group 1 stays, what follows it up to group 2 is the secret.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`),
	regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#:@'"]*:)[^\s/'"]+(@)`),
	regexp.MustCompile(`((?i)\b(?:bearer|basic|negotiate)\s+)[\w.~+/-]{6,}=*`),
	regexp.MustCompile(`((?i)\b` + secretWord + `["']?\s*[=:]\s*["']?)[^\s"'&;,)}\]]+`),
	regexp.MustCompile(`()\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`),
	regexp.MustCompile(`()\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|dapi[0-9a-f]{32}|AIza[\w-]{35}|sk-[\w-]{20,})`),
	regexp.MustCompile(`()\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?`),
	regexp.MustCompile(`([?&](?i:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^&\s"']+`),
}

// RedactText hides secrets within free text: SQL, messages, descriptions. Only
// the secret part is replaced.
func RedactText(s string) string {
	for _, re := range secrets {
		s = re.ReplaceAllString(s, "${1}"+Redacted+"${2}")
	}
	return s
}
