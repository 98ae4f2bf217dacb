// Package manual holds Wenyuan's own manual, in English and Chinese, as a folder of
// Markdown files. It is the first corpus of a new house, so that the first question can be
// asked before anything is added.
//
// It is text and nothing else. Both languages say the same, page by page: a page that is
// added to one must be written in the other.
package manual

import "embed"

// Files are the pages: en/*.md and zh/*.md, with the same names in both.
//
//go:embed en/*.md zh/*.md
var Files embed.FS
