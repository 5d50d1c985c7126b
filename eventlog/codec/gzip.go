package codec

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipDecoder reads one gzip member. Spark never writes gzip; Databricks and
// people do.
type gzipDecoder struct {
	in *input
	z  *gzip.Reader
}

func newGzip(in *input) *gzipDecoder { return &gzipDecoder{in: in} }

func (g *gzipDecoder) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.in)
		if err != nil {
			return 0, gzipError(err)
		}
		z.Multistream(false)
		g.z = z
	}
	n, err := g.z.Read(p)
	if err != nil && err != io.EOF {
		err = gzipError(err)
	}
	return n, err
}

func (g *gzipDecoder) close() {}

func gzipError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return fmt.Errorf("%w within a gzip member", ErrTruncated)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
