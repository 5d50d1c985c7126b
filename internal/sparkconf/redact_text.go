package sparkconf

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// RedactText hides secrets within free text: SQL, messages, descriptions, Java
// options. Only the secret part is replaced. What is no secret by its shape or
// its name cannot be seen: a password that stands alone in a query's text stays.
func RedactText(s string) string {
	lower := asciiLower(s)
	for _, sh := range shapes {
		if hidden := sh.hide(s, lower); hidden != s {
			s, lower = hidden, asciiLower(hidden)
		}
	}
	return s
}

// A shape is how a secret shows itself within text. Looking for a few words and
// reading on from them costs a small part of what a search by expression does.
type shape struct {
	words  []string                 // in small letters: where to look
	before func(before string) bool // what must hold before the word; nil: nothing
	form   func() *regexp.Regexp    // from the word on; its groups are the secret
	weak   bool                     // also fits ordinary words: hide only what has a digit
}

// value is what follows a name: quoted, also within escaped JSON, or up to a
// separator.
const (
	equals = `(?:\\?["'])?\s*(?:=>?|:)\s*`
	value  = `(?:\\?"([^"\\]+)|'([^']+)|([^\s"'\\&;,(){}\[\]<>]+))`
)

// Names whose value is a secret.
const (
	strong = `(?:pass(?:word|wd|phrase)|pwd|secret|(?:api|access|account|private|shared|signing|subscription)[_.-]?key|` +
		`(?:access|api|auth|bearer|client|refresh|security|session)[_.-]?token)[\w.-]*`
	weak = `(?:pass|tokens?|credentials?|dsn|auth|sas)`
)

var (
	strongWords = []string{"passw", "passp", "pwd", "secret", "api", "access", "account", "private", "shared", "signing",
		"subscription", "auth", "bearer", "client", "refresh", "security", "session"}
	weakWords = []string{"token", "credential", "dsn", "auth", "sas"}
)

var shapes = []shape{
	{words: []string{"-----begin "}, form: from(`-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$)`, whole)},
	// scheme://user:secret@host, a token in the user's place, and Oracle's user/secret@host.
	{words: []string{"://"}, form: from(`://[^\s/?#:@'"]*:([^\s/'"]+)@`)},
	{words: []string{"http://", "https://"}, form: from(`https?://([\w-]{20,})@`)},
	{words: []string{"jdbc:oracle:"}, form: from(`jdbc:oracle:\w+:[^/@\s]+/([^@\s]+)@`)},
	{words: []string{"hooks.slack.com/"}, form: from(`hooks\.slack\.com/services/([\w/]+)`)},
	{words: []string{"bearer", "basic", "negotiate"}, before: boundary, form: from(`\w+\s+([\w.~+/-]{6,}=*)`), weak: true},
	// password=…, "apiKey": "…", password '…' (SQL options), --db-password …
	{words: strongWords, form: from(strong + equals + value)},
	{words: []string{"pass"}, before: boundary, form: from(`pass` + equals + value)},
	{words: weakWords, before: boundary, form: from(weak + equals + value), weak: true},
	{words: strongWords, form: from(strong + `\s+'([^']+)'`)},
	{words: append([]string{"pass", "token"}, strongWords...), before: option, form: from(`(?:` + strong + `|` + weak + `)\s+([^\s-]\S*)`)},
	{words: []string{"identified by"}, form: from(`identified by\s+['"]([^'"]+)`)},
	// Signed addresses.
	{words: []string{"sig", "x-amz-", "x-goog-"}, form: from(`(?:sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token))=([^&\s"']+)`), before: parameter},
	// Tokens that begin with their issuer's mark.
	{words: []string{"akia", "asia"}, before: boundary, form: from(`(?-i:A[KS]IA[0-9A-Z]{16})\b`, whole)},
	{words: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_", "npm_", "sk_live_", "sk-", "xox"}, before: boundary,
		form: from(`(?:gh[pousr]_|github_pat_|glpat-|hf_|npm_|sk_live_|sk-|xox[abprs]-)[\w-]{16,}`, whole), weak: true},
	{words: []string{"dapi"}, before: boundary, form: from(`dapi[0-9a-f]{32}(?:-\d)?`, whole)},
	{words: []string{"aiza", "ya29."}, before: boundary, form: from(`(?:AIza|ya29\.)[\w-]{20,}`, whole), weak: true},
	{words: []string{"eyj"}, before: boundary, form: from(`eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]+)?`, whole)},
}

const whole = true

// from is an expression that begins at a shape's word, in any case. With whole,
// all that it matches is the secret. It is compiled when a word is first met:
// the program's start is cheaper without.
func from(expr string, whole ...bool) func() *regexp.Regexp {
	if len(whole) > 0 {
		expr = "(" + expr + ")"
	}
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^` + expr) })
}

// boundary: the word is no other word's end.
func boundary(before string) bool {
	return before == "" || !alphanumeric(before[len(before)-1])
}

// option: the word is in an option of a command line, --db-password.
func option(before string) bool {
	return strings.HasPrefix(before[strings.LastIndexAny(before, " \t\r\n")+1:], "-")
}

// parameter: the word is a parameter's name in an address.
func parameter(before string) bool {
	return strings.HasSuffix(before, "?") || strings.HasSuffix(before, "&")
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// window is how far a shape is read at first; one that fills it is read again
// in full. It keeps the cost of many words in a long text linear.
const window = 4 << 10

type span struct{ from, to int }

// hide replaces the secrets of one shape. lower is s in small letters.
func (sh shape) hide(s, lower string) string {
	var spans []span
	for _, word := range sh.words {
		for at := 0; ; at++ {
			i := strings.Index(lower[at:], word)
			if i < 0 {
				break
			}
			at += i
			if sh.before != nil && !sh.before(s[:at]) {
				continue
			}
			m := sh.form().FindStringSubmatchIndex(s[at:min(at+window, len(s))])
			if m != nil && m[1] == window {
				m = sh.form().FindStringSubmatchIndex(s[at:])
			}
			for g := 2; g < len(m); g += 2 {
				if m[g] >= 0 && sh.secret(s[at+m[g]:at+m[g+1]]) {
					spans = append(spans, span{at + m[g], at + m[g+1]})
				}
			}
		}
	}
	if spans == nil {
		return s
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var b strings.Builder
	end := 0
	for _, sp := range spans {
		if sp.from >= end {
			b.WriteString(s[end:sp.from])
			b.WriteString(Redacted)
		}
		end = max(end, sp.to)
	}
	b.WriteString(s[end:])
	return b.String()
}

// secret reports whether what stands in a secret's place is one.
func (sh shape) secret(v string) bool {
	if strings.HasPrefix(v, "*********") || harmless[asciiLower(v)] {
		return false
	}
	return !sh.weak || strings.ContainsAny(v, "0123456789")
}

// asciiLower keeps every byte's place, as strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}
