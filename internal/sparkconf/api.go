// Package sparkconf knows Spark's configuration: keys and their defaults by
// version, sizes, versions, platforms, properties files and secrets. It is a
// leaf: any room may use it, it uses none.
package sparkconf

import "io"

// A Version is a Spark version. Vendors append a suffix: 3.3.0-amzn-0.
type Version struct {
	Major, Minor, Patch int
	Suffix              string
}

// ParseVersion reads "3.5.7", "3.3.0-amzn-0", "4.2.0-SNAPSHOT".
func ParseVersion(s string) (Version, error) { panic("sparkconf.ParseVersion") }

// Line is the release line, "3.5".
func (v Version) Line() string { panic("sparkconf.Line") }

// Less orders by major, minor, patch.
func (v Version) Less(o Version) bool { panic("sparkconf.Less") }

// A Key is one configuration key of the catalogue.
type Key struct {
	Name    string
	Type    string // bytes, mib, int, double, bool, ms, s, string
	Scope   string // runtime (SQL conf), static (SQL), application
	Default string // in Spark's words; empty: unset
	Unset   bool   // no default of its own: derived or absent
}

// Tunable lists, sorted, the keys of the catalogue that agents may own.
func Tunable() []string { panic("sparkconf.Tunable") }

// Lookup finds a key as the given Spark version knows it. Between catalogued
// versions the nearest older one answers. False: that version has no such key.
func Lookup(name string, v Version) (Key, bool) { panic("sparkconf.Lookup") }

// Canonical gives equal values one spelling ("1024m" and "1g", "True" and
// "true"), by the key's type. Values it cannot read come back trimmed.
func Canonical(name, value string) string { panic("sparkconf.Canonical") }

// ParseSize reads Spark's sizes ("64m", "1g", a bare number in unit bytes).
func ParseSize(s string, unit int64) (int64, error) { panic("sparkconf.ParseSize") }

// FormatSize writes the shortest exact size, "64m".
func FormatSize(n int64) string { panic("sparkconf.FormatSize") }

// ParseDuration reads Spark's times ("60s", "5min", a bare number in unit) as seconds.
func ParseDuration(s string, unit float64) (float64, error) { panic("sparkconf.ParseDuration") }

// A Cluster is where a run ran.
type Cluster struct {
	Platform   string // apache, databricks, emr, dataproc, synapse, cloudera, hdinsight
	Manager    string // local, standalone, yarn, kubernetes, mesos, unknown
	DeployMode string // client, cluster
	ID         string // tells clusters apart
	Dynamic    bool   // dynamic allocation
	Python     bool
}

// Detect reads platform and cluster manager from a log's version and properties.
func Detect(version string, props map[string]string) Cluster { panic("sparkconf.Detect") }

// Settable reports whether a properties file can set key there, and if not, why.
func (c Cluster) Settable(key string) (bool, string) { panic("sparkconf.Settable") }

// A Property is one line of a properties file.
type Property struct{ Key, Value string }

// ReadProperties reads a file as Spark does (java.util.Properties, UTF-8).
func ReadProperties(r io.Reader) ([]Property, error) { panic("sparkconf.ReadProperties") }

// FormatProperty writes one line that ReadProperties reads back as the same
// pair. Nothing in key or value can start another line.
func FormatProperty(p Property) (string, error) { panic("sparkconf.FormatProperty") }

// Redacted is what stands for a secret.
const Redacted = "*********(redacted)"

// Redact hides the value where key or value look like a secret.
func Redact(key, value string) string { panic("sparkconf.Redact") }

// RedactText hides secrets within free text: SQL, messages, descriptions.
func RedactText(s string) string { panic("sparkconf.RedactText") }

// RecommendationKey marks runs that were started with a file of ours.
const (
	RecommendationKey = "spark.apprentice.recommendation"
	PropensityKey     = "spark.apprentice.propensity"
)
