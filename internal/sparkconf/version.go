package sparkconf

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// A Version is a Spark version. Vendors append a suffix: 3.3.0-amzn-0,
// 3.3.2.3.3.7190.0-91 (Cloudera), 3.5.1.hdi (anything after the third number).
type Version struct {
	Major, Minor, Patch int
	Suffix              string // with its separator: "-amzn-0"
}

// Spark's own VersionUtils reads ^(\d+)\.(\d+)(\..*)?$. Vendors leave the third
// number out too, but always write the first two.
var versionForm = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4})([-.+_][\w.+~-]*)?|([-+_][\w.+~-]*)?)$`)

// ParseVersion reads "3.5.7", "3.3.0-amzn-0", "4.2.0-SNAPSHOT". A missing patch is 0.
func ParseVersion(s string) (Version, error) {
	m := versionForm.FindStringSubmatch(s)
	if m == nil {
		return Version{}, fmt.Errorf("%q is no Spark version: want major.minor.patch, as in 3.5.7", s)
	}
	v := Version{Suffix: m[4] + m[5]}
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	v.Patch, _ = strconv.Atoi(m[3])
	return v, nil
}

// Line is the release line, "3.5".
func (v Version) Line() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Less orders by major, minor, patch.
func (v Version) Less(o Version) bool { return v.compare(o) < 0 }

func (v Version) compare(o Version) int {
	return cmp.Or(cmp.Compare(v.Major, o.Major), cmp.Compare(v.Minor, o.Minor), cmp.Compare(v.Patch, o.Patch))
}

// CompareLines orders release lines: 3.9 before 3.10. What is no line comes first.
func CompareLines(a, b string) int {
	va, _ := ParseVersion(a)
	vb, _ := ParseVersion(b)
	return va.compare(vb)
}
