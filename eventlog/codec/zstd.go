package codec

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what a zstd frame may make us remember. Spark uses 512 KiB;
// logs recompressed by the zstd tool with --ultra or --long have up to 128 MiB.
const maxWindow = 128 << 20

const zstdMagic = 4 // bytes

// zstdDecoder reads frames until something follows that is no frame. Spark
// closes a frame at every flush, so a log holds many.
type zstdDecoder struct {
	in *input
	z  *zstd.Decoder
}

func newZstd(in *input) (*zstdDecoder, error) {
	z, err := zstd.NewReader(noByter{in}, zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, zstdError(err)
	}
	return &zstdDecoder{in: in, z: z}, nil
}

// noByter hides every method of the input but Read.
type noByter struct{ io.Reader }

func (d *zstdDecoder) reset(in *input) error {
	d.in = in
	return zstdError(d.z.Reset(noByter{in}))
}

func (d *zstdDecoder) Read(p []byte) (int, error) {
	n, err := d.z.Read(p)
	if errors.Is(err, zstd.ErrMagicMismatch) { // read as the magic of a frame, but there is none
		d.in.unread(zstdMagic)
		return n, io.EOF
	}
	return n, zstdError(err)
}

func (d *zstdDecoder) close() { d.z.Close() }

func zstdError(err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w within a frame", ErrTruncated)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
