package features

import (
	"regexp"
	"slices"
	"strings"
)

// detail is what an operator's simple string adds to its place in the logical
// shape: the names of columns that it groups by, joins on or reads, and the
// functions that it aggregates with. Literals, ids and expressions, which may
// hold a date, are left out; what they compute shows only in the names.
func detail(op, simple string) string {
	var parts []string
	switch {
	case op == "Aggregate":
		keys, ok := bracketed(simple, "keys=[")
		if !ok {
			keys, _ = bracketed(simple, "key=[")
		}
		functions, _ := bracketed(simple, "functions=[")
		parts = append(columns(keys), aggregateFunctions(functions)...)
	case strings.HasPrefix(op, "EquiJoin"):
		// Sorted: the order of keys follows the partitioning of the inputs.
		parts = columns(joinKeys(simple))
		slices.Sort(parts)
	case isScan(op):
		list, _ := bracketed(simple, "[")
		parts = columns(list)
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// bracketed returns what stands between open, which ends with "[", and its
// closing bracket.
func bracketed(s, open string) (string, bool) {
	i := strings.Index(s, open)
	if i < 0 {
		return "", false
	}
	s = s[i+len(open):]
	depth := 1
	for j := 0; j < len(s); j++ {
		switch s[j] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return s[:j], true
			}
		}
	}
	return s, true
}

// joinKeys are both lists of a join's keys, as in
// "SortMergeJoin [a#1, b#2], [c#3, d#4], Inner".
func joinKeys(simple string) string {
	left, _ := bracketed(simple, "[")
	_, rest, _ := strings.Cut(simple, "["+left+"]")
	right, _ := bracketed(rest, "[")
	return left + ", " + right
}

// splitTop splits a list at its commas, not at those within parentheses.
func splitTop(list string) (items []string) {
	depth, start := 0, 0
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				items = append(items, strings.TrimSpace(list[start:i]))
				start = i + 1
			}
		}
	}
	if rest := strings.TrimSpace(list[start:]); rest != "" {
		items = append(items, rest)
	}
	return items
}

var (
	attribute = regexp.MustCompile(`^([^()\[\]]+)#\d+L?$`)
	function  = regexp.MustCompile(`^(?:partial_|merge_|finalmerge_)?(\w+)\(`)
	number    = regexp.MustCompile(`\d{6,}`) // a date within a column's name
)

// columns names the attributes of a list; an expression is "?".
func columns(list string) (names []string) {
	for _, item := range splitTop(list) {
		if m := attribute.FindStringSubmatch(item); m != nil {
			names = append(names, number.ReplaceAllString(m[1], "N"))
		} else {
			names = append(names, "?")
		}
	}
	return names
}

// aggregateFunctions names the functions of a list, the same for the partial
// and the final half.
func aggregateFunctions(list string) (names []string) {
	for _, item := range splitTop(list) {
		if m := function.FindStringSubmatch(item); m != nil {
			names = append(names, m[1]+"()")
		}
	}
	return names
}
