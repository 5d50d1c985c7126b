package report

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// maxDirName leaves room for the hash within every file system's 255 bytes.
const maxDirName = 100

var (
	plainName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._@+-]*$`)
	hashedName = regexp.MustCompile(`-[0-9a-f]{10}$`)
	unsafeRun  = regexp.MustCompile(`[^A-Za-z0-9_@]+`)
)

// dirName gives a pipeline its directory: its own name where that is made of
// letters, digits, spaces and ._@+-. Any other name is reduced to these and gets
// a hash of what it was, so that no two pipelines share a directory and none lies
// outside.
func dirName(pipeline string) string {
	if len(pipeline) <= maxDirName && plainName.MatchString(pipeline) &&
		!hashedName.MatchString(pipeline) && !strings.HasSuffix(pipeline, ".") && !strings.HasSuffix(pipeline, " ") {
		return pipeline
	}
	name := strings.Trim(unsafeRun.ReplaceAllString(pipeline, "-"), "-")
	if name == "" {
		name = "pipeline"
	}
	sum := sha256.Sum256([]byte(pipeline))
	return name[:min(len(name), maxDirName)] + "-" + hex.EncodeToString(sum[:5])
}
