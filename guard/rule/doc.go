// Package rule finds words, patterns and combinations in texts, as rule files say.
package rule
