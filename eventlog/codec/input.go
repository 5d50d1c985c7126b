package codec

import "io"

// inputSize is how much of the file is read at once.
const inputSize = 64 << 10

// An input buffers the file and knows the offset of the next byte to consume.
// Its err is what the file gave last: io.EOF, or an error that is no fault of
// the framing.
type input struct {
	file io.Reader
	buf  []byte
	r, w int
	base int64 // offset of buf[0]
	err  error
}

func newInput(file io.Reader) *input {
	return &input{file: file, buf: make([]byte, inputSize+maxUnread)}
}

func (in *input) reset(file io.Reader) {
	in.file, in.r, in.w, in.base, in.err = file, 0, 0, 0, nil
}

func (in *input) offset() int64 { return in.base + int64(in.r) }

// fill reads more behind what is buffered. It keeps what unread may ask for.
func (in *input) fill() {
	if gone := in.r - maxUnread; gone > 0 {
		in.base += int64(gone)
		in.w = copy(in.buf, in.buf[gone:in.w])
		in.r = maxUnread
	}
	for tries := 0; in.err == nil && tries < 100; tries++ {
		n, err := in.file.Read(in.buf[in.w:])
		in.w += n
		in.err = err
		if n > 0 {
			return
		}
	}
	if in.err == nil {
		in.err = io.ErrNoProgress
	}
}

// peek returns the next n bytes without consuming them, fewer at the end.
// n is at most inputSize.
func (in *input) peek(n int) ([]byte, error) {
	for in.w-in.r < n && in.err == nil {
		in.fill()
	}
	if have := in.w - in.r; have < n {
		return in.buf[in.r:in.w], in.err
	}
	return in.buf[in.r : in.r+n], nil
}

func (in *input) discard(n int) { in.r += n }

// maxUnread is how many consumed bytes can be given back.
const maxUnread = 8

// unread gives back the last n bytes, which were consumed by one short Read.
func (in *input) unread(n int) { in.r -= min(n, in.r) }

func (in *input) Read(p []byte) (int, error) {
	if in.r == in.w {
		if in.err != nil {
			return 0, in.err
		}
		if len(p) >= inputSize { // no need to pass through the buffer
			in.base += int64(in.r)
			in.r, in.w = 0, 0
			n, err := in.file.Read(p)
			in.base += int64(n)
			in.err = err
			if n > 0 {
				err = nil
			}
			return n, err
		}
		if in.fill(); in.r == in.w {
			return 0, in.err
		}
	}
	n := copy(p, in.buf[in.r:in.w])
	in.r += n
	return n, nil
}

// ReadByte lets package flate read no further than its stream.
func (in *input) ReadByte() (byte, error) {
	if in.r == in.w {
		if in.err == nil {
			in.fill()
		}
		if in.r == in.w {
			return 0, in.err
		}
	}
	c := in.buf[in.r]
	in.r++
	return c, nil
}
