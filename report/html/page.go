package html

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	stdhtml "html"
	"io"
	"iter"
	"strings"
)

// The scripts, in the order in which they are joined, and the style sheets.
var (
	scripts = []string{
		"format.js", "dom.js", "data.js", "palette.js", "chart.js", "nightchart.js", "status.js", "fleet.js", "decision.js",
		"runview.js", "taskview.js", "pipeline.js", "learnerview.js", "main.js",
	}
	styles = []string{"uplot/uPlot.min.css", "page.css", "chart.css"}

	//go:embed assets
	assets embed.FS
)

// icon is the page's own: without one a browser asks a server for it.
const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 12 6 8l3 2 5-6' fill='none' stroke='%230067b3' stroke-width='2.2'/%3E%3C/svg%3E"

func joined(files []string, between string) string {
	var b strings.Builder
	for _, f := range files {
		data, err := assets.ReadFile("assets/" + f)
		if err != nil {
			panic(err) // it is part of the binary
		}
		b.Write(data)
		b.WriteString(between)
	}
	return b.String()
}

// hash is how a content security policy names an inline script or style.
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// writePage writes a page that shows index; details are shown when asked for,
// the i-th as #d<i>, in the order of index's pipelines.
func writePage(w io.Writer, title string, index any, details iter.Seq[any]) error {
	library := joined([]string{"uplot/uPlot.iife.min.js"}, "\n")
	script := "(function () {\n\"use strict\";\n" + joined(scripts, "\n") + "}());\n"
	style := joined(styles, "\n")
	data, err := json.Marshal(index) // escapes <, >, &, U+2028 and U+2029: no text of it can end the element
	if err != nil {
		return fmt.Errorf("html: %w", err)
	}
	// Styles that a script sets through the object model are not inline styles.
	policy := "default-src 'none'; script-src " + hash(library) + " " + hash(script) + "; style-src " + hash(style) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
	out := &errWriter{w: w}
	out.print(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="` + policy + `">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>` + stdhtml.EscapeString(title) + `</title>
<link rel="icon" href="` + icon + `">
<style>` + style + `</style>
</head>
<body>
<noscript><p class="noscript">This page draws itself with its own script; it loads nothing from anywhere. summary.txt and recommendations.json say the same as text.</p></noscript>
<div id="app"></div>
<script type="application/json" id="index">`)
	out.print(string(data))
	out.print("</script>\n<script>" + library + "</script>\n<script>" + script + "</script>\n")
	if details != nil {
		i := 0
		for d := range details {
			packed, err := pack(d)
			if err != nil {
				return err
			}
			out.print(fmt.Sprintf("<script type=\"text/plain\" id=\"d%d\">%s</script>\n", i, packed))
			i++
		}
	}
	out.print("</body>\n</html>\n")
	return out.err
}

// pack is v as JSON, compressed and in letters that are safe in any element.
func pack(v any) (string, error) {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return "", fmt.Errorf("html: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("html: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// An errWriter writes until the first error.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) Write(b []byte) (int, error) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
	return len(b), e.err
}

func (e *errWriter) print(s string) { _, _ = e.Write([]byte(s)) } // err keeps the first error
