package eventlog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Cursor functions read something at b[i] and return the index behind it, −1
// if it is not there. Given −1 they return −1, so that calls can be chained
// and checked once.

// lit passes over s.
func lit(b []byte, i int, s string) int {
	if i < 0 || len(b)-i < len(s) || string(b[i:i+len(s)]) != s {
		return -1
	}
	return i + len(s)
}

// same passes over text, which must not be empty.
func same(b []byte, i int, text []byte) int {
	if i < 0 || len(text) == 0 || !bytes.HasPrefix(b[i:], text) {
		return -1
	}
	return i + len(text)
}

// number reads an integer of up to maxDigits digits without sign.
func number(b []byte, i int) (n int64, next int) {
	if i < 0 || i >= len(b) {
		return 0, -1
	}
	c := b[i] - '0'
	if c == 0 || c > 9 {
		if c == 0 {
			return 0, i + 1 // a digit behind it is no part of it, so what follows will fail
		}
		return 0, -1
	}
	start := i
	for len(b)-i >= 8 {
		value, count := leadingDigits(binary.LittleEndian.Uint64(b[i:]))
		n = n*powersOf10[count] + value
		if i += count; count < 8 {
			return n, i
		}
		if i-start > maxDigits-8 {
			break
		}
	}
	for ; ; i++ {
		if i == len(b) || i-start > maxDigits {
			return 0, -1
		}
		if c = b[i] - '0'; c > 9 {
			return n, i
		}
		n = n*10 + int64(c)
	}
}

// maxDigits is how many digits a number may have here: more might not fit.
const maxDigits = 18

// passNumber passes over what number reads. maxDigits + 6 bytes must follow.
func passNumber(b []byte, i int) int {
	n := digits(binary.LittleEndian.Uint64(b[i:]))
	if n == 8 {
		if n += digits(binary.LittleEndian.Uint64(b[i+8:])); n == 16 {
			n += digits(binary.LittleEndian.Uint64(b[i+16:]))
		}
	}
	if n == 0 || n > maxDigits || n > 1 && b[i] == '0' {
		return -1
	}
	return i + n
}

// digits counts the decimal digits at the beginning of 8 bytes of text.
func digits(text uint64) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	x := text ^ ones*'0'                                        // digits are 0 to 9 now
	return bits.TrailingZeros64((x+ones*(0x80-10)|x)&highs) / 8 // right up to the first other byte
}

var powersOf10 = [9]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// leadingDigits reads the decimal digits at the beginning of 8 bytes of text:
// three multiplications add up neighbours, pairs of neighbours and halves
// (Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 2019).
func leadingDigits(text uint64) (n int64, count int) {
	const zeros, even = 0x0101010101010101 * '0', 0x000000FF000000FF
	count = digits(text)
	x := (text ^ zeros) << (8 * (8 - uint(count))) // leading zeros, and nothing behind the digits
	x = x*10 + x>>8
	x = (x&even)*(100+1000000<<32) + (x>>16&even)*(1+10000<<32)
	return int64(x >> 32), count
}

func integer(b []byte, i int) (int, int) {
	n, i := number(b, i)
	return int(n), i
}

func millis(b []byte, i int) (Millis, int) {
	n, i := number(b, i)
	return Millis(n), i
}

func boolean(b []byte, i int) (bool, int) {
	if j := lit(b, i, "false"); j > 0 {
		return false, j
	}
	return true, lit(b, i, "true")
}

// stringEnd returns the index of the quote that ends a string of printable
// ASCII without escapes, −1 for any other string.
func stringEnd(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i >= 0 && i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^ones*'"', x^ones*'\\'
		if m := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x | x) & highs; m != 0 {
			if i += bits.TrailingZeros64(m) / 8; b[i] == '"' {
				return i
			}
			return -1
		}
	}
	return -1
}

// name reads the rest of a string and its closing quote into s, which keeps
// its memory if it is equal. A string longer than maxName is left to the parser:
// what quick remembers is as short as names are.
func (q *quick) name(b []byte, i int, s *string) int {
	if j := lit(b, lit(b, i, *s), `"`); j > 0 && *s != "" {
		return j
	}
	end := stringEnd(b, i)
	if end < 0 || end-i > maxName {
		return -1
	}
	*s = q.names.get(b[i:end])
	return end + 1
}
