package features

import "github.com/spark-apprentice/apprentice/internal/null"

// Null is a value that may be unknown: see package null.
type Null[T any] = null.Null[T]
