// Package jsonscan walks one JSON text without building a tree of it.
//
//  1. The caller enters objects and arrays and asks for each member as the type
//     it wants; members it does not know it skips.
//  2. Everything passed over is checked: what the Scanner accepts up to End is
//     exactly what encoding/json accepts, within a bound on nesting.
//  3. The first error sticks and ends every loop, so callers check it once.
//
// Strings decode as in encoding/json: bytes that are not UTF-8 and lone
// surrogates become U+FFFD.
package jsonscan
