package codec

import (
	"errors"
	"fmt"
	"io"
)

// maxBlock bounds a block as stored and as decoded. Spark's blocks are 32 KiB
// (lz4, snappy) or 64 KiB (lzf); lz4-java's framing knows none above 32 MiB.
const maxBlock = 32 << 20

// A blockDecoder reads framings that are a sequence of small blocks, each
// decoded by itself. next returns the next decoded block, which may be empty,
// or io.EOF behind the last one. It decodes into the memory that the caller of
// Read gave where the block fits, so that most bytes are written once.
type blockDecoder struct {
	*buffers
	codec string
	next  func() ([]byte, error)
	rest  []byte
	err   error
}

func (b *blockDecoder) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		start := b.in.offset()
		b.target = p
		b.rest, b.err = b.next()
		b.target = nil
		if b.err != nil && b.err != io.EOF {
			b.err = &Error{Codec: b.codec, Offset: start, Err: b.err}
		}
	}
	if &b.rest[0] == &p[0] { // decoded in place
		n := len(b.rest)
		b.rest = nil
		return n, nil
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *blockDecoder) close() {}

// buffers are a block decoder's reused memory.
type buffers struct {
	in            *input
	stored, plain []byte
	target        []byte // of the present Read
}

// take consumes n bytes, which must all be there. What it returns lives until
// the next use of the input. Memory grows with what is read, not with n.
func (b *buffers) take(n int, what string) ([]byte, error) {
	if n <= inputSize {
		data, err := b.in.peek(n)
		if len(data) < n {
			return nil, cutOff(err, what)
		}
		b.in.discard(n)
		return data, nil
	}
	b.stored = b.stored[:0]
	for len(b.stored) < n {
		data, err := b.in.peek(min(n-len(b.stored), inputSize))
		if len(data) == 0 {
			return nil, cutOff(err, what)
		}
		b.stored = append(b.stored, data...)
		b.in.discard(len(data))
	}
	return b.stored, nil
}

// room returns memory for n decoded bytes.
func (b *buffers) room(n int) []byte {
	if n <= len(b.target) {
		return b.target[:n:n]
	}
	if cap(b.plain) < n {
		b.plain = make([]byte, n)
	}
	return b.plain[:n]
}

// cutOff is the error of a file that ends within what; other errors of the file
// stay as they are.
func cutOff(err error, what string) error {
	if err == nil || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w within %s", ErrTruncated, what)
	}
	return err
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
