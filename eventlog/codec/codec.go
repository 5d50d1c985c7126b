package codec

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Errors that Read wraps in an *Error. Other errors come from the file itself.
var (
	// ErrTruncated: the file ends within a block or frame, or without the end
	// mark that its framing has.
	ErrTruncated = errors.New("compressed data is cut off")
	// ErrCorrupt: a checksum or a length is wrong.
	ErrCorrupt = errors.New("compressed data is damaged")
	// ErrTooLarge: a block or window is beyond what the Reader keeps in memory.
	ErrTooLarge = errors.New("compressed block exceeds the memory limit")
)

// An Error is where in the file decoding stopped, and why.
type Error struct {
	Codec  string
	Offset int64 // byte of the file: where the bad block starts or, in zstd and gzip, where decoding stopped
	Err    error // wraps one of the errors above
}

func (e *Error) Error() string { return e.Codec + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Names of the framings.
const (
	Plain  = "plain"
	Gzip   = "gzip"
	Zstd   = "zstd"
	LZ4    = "lz4"
	Snappy = "snappy"
	LZF    = "lzf"
)

// A decoder reads one stream of its framing from an input and stops with io.EOF
// behind its last byte.
type decoder interface {
	io.Reader
	close()
}

// A Reader decodes a file, whatever its framing.
type Reader struct {
	in     *input
	dec    decoder
	name   string
	names  []string
	err    error
	opened map[string]decoder
}

// NewReader returns a Reader of the file r. Nothing is read before the first Read.
func NewReader(r io.Reader) *Reader {
	return &Reader{in: newInput(r), opened: make(map[string]decoder)}
}

// Reset starts on another file and keeps the decoders, which are costly to make.
func (r *Reader) Reset(file io.Reader) {
	r.in.reset(file)
	r.dec, r.name, r.err = nil, "", nil
}

// Names lists the framings met so far, each once, in order.
func (r *Reader) Names() []string { return r.names }

// Offset is the number of bytes of the file that were consumed.
func (r *Reader) Offset() int64 { return r.in.offset() }

// Close releases the decoders. It does not close the file.
func (r *Reader) Close() error {
	for _, d := range r.opened {
		d.close()
	}
	r.opened, r.dec, r.err = nil, nil, errors.New("codec: Reader is closed")
	return nil
}

// Read implements io.Reader. Bytes decoded before an error are always handed out.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, r.err
	}
	for r.err == nil {
		if r.dec == nil {
			if r.err = r.sniff(); r.err != nil {
				break
			}
		}
		n, err := r.dec.Read(p)
		if err == io.EOF {
			r.dec = nil // perhaps another stream follows
			err = nil
		}
		if err != nil {
			r.err = r.locate(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, r.err
}

// locate turns a decoder's error into ours; errors of the file stay as they are.
func (r *Reader) locate(err error) error {
	if r.in.err != nil && r.in.err != io.EOF {
		return r.in.err
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return err
	}
	return &Error{Codec: r.name, Offset: r.in.offset(), Err: err}
}

// sniff recognises what comes next in the file and picks its decoder.
func (r *Reader) sniff() error {
	head, err := r.in.peek(headLen)
	if len(head) == 0 {
		return err
	}
	name, whole := recognise(head)
	if r.name != "" && r.name != Plain && name == Plain {
		if onlyZeros(r.in) {
			return r.in.err
		}
		return &Error{Codec: r.name, Offset: r.in.offset(),
			Err: fmt.Errorf("%w: what follows the end of the stream is no stream", ErrCorrupt)}
	}
	r.name = name
	if !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
	if !whole {
		return &Error{Codec: name, Offset: r.in.offset() + int64(len(head)),
			Err: fmt.Errorf("%w: the file ends within its header", ErrTruncated)}
	}
	r.dec, err = r.decoder(name)
	return err
}

// onlyZeros consumes the rest of the file: some writers pad with zeros.
func onlyZeros(in *input) bool {
	for {
		c, err := in.ReadByte()
		if err != nil {
			return true
		}
		if c != 0 {
			return false
		}
	}
}

func (r *Reader) decoder(name string) (decoder, error) {
	switch name {
	case Plain:
		return plain{r.in}, nil
	case Gzip:
		return newGzip(r.in), nil
	case LZ4:
		return newLZ4(r.in), nil
	case Snappy:
		return newSnappy(r.in), nil
	case LZF:
		return newLZF(r.in), nil
	case Zstd:
		if z, ok := r.opened[name].(*zstdDecoder); ok {
			return z, z.reset(r.in)
		}
		z, err := newZstd(r.in)
		if err == nil {
			r.opened[name] = z
		}
		return z, err
	}
	return nil, fmt.Errorf("%w: framing %s", ErrCorrupt, name)
}

type plain struct{ *input }

func (plain) close() {}
