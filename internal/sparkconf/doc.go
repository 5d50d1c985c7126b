// Package sparkconf knows Spark's configuration: keys and their defaults by
// version, sizes, versions, platforms, properties files and secrets. It is a
// leaf: any room may use it, it uses none.
//
//  1. Version orders Spark's versions, vendors' included.
//  2. Lookup answers from a catalogue that real Sparks wrote (see gen); Tunable
//     names the keys that agents may own; Canonical gives equal values one spelling.
//  3. Detect says where a run ran, Cluster.Settable what a file can set there,
//     ContainerOf what the cluster manager reserves for an executor.
//  4. ReadProperties and FormatProperty read and write properties files so that
//     java.util.Properties and we always agree, whatever is in key and value.
//  5. Redact and RedactText hide secrets; every text from a log passes one of them.
package sparkconf

// Keys that our files carry, so that a log says what it was started with. Spark
// logs spark.* keys that it does not know.
const (
	RecommendationKey = "spark.apprentice.recommendation"
	PropensityKey     = "spark.apprentice.propensity"
)
