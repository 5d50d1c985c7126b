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
	plainName  = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]*$`)
	hashedName = regexp.MustCompile(`-[0-9a-f]{10}$`)
	unsafeRun  = regexp.MustCompile(`[^a-z0-9_@]+`)
)

// dirName gives a pipeline its directory. Names in small letters, digits and
// ._@- are kept. Any other name is reduced to these and gets a hash of what it
// was, so that no two pipelines share a directory, on file systems that do not
// tell capitals apart either, and none lies outside.
func dirName(pipeline string) string {
	if len(pipeline) <= maxDirName && plainName.MatchString(pipeline) &&
		!hashedName.MatchString(pipeline) && !strings.HasSuffix(pipeline, ".") {
		return pipeline
	}
	name := strings.Trim(unsafeRun.ReplaceAllString(strings.ToLower(pipeline), "-"), "-")
	if name == "" {
		name = "pipeline"
	}
	sum := sha256.Sum256([]byte(pipeline))
	return name[:min(len(name), maxDirName)] + "-" + hex.EncodeToString(sum[:5])
}
