package prompt

import (
	"strings"
	"testing"
	"time"

	"wenyuan"
)

// plainTemplate is what could be configured before there were blocks.
const plainTemplate = `{{define "system"}}Be brief. {{if .Chinese}}用中文{{end}} Else write {{.NoAnswer}}.{{end}}
{{define "user"}}{{range .Passages}}<original n="{{.N}}" title="{{.Title}}"{{if .Heading}} under="{{.Heading}}"{{end}}>
{{.Text}}
</original>
{{end}}Q: {{.Question}}{{end}}`

const declaredTemplate = `---
name: support
description: Answers for customers
variables:
  tone:
    type: choice
    choices: [plain, warm]
    doc: how it sounds
  product:
    type: string
    default: RocketMQ
  limit: {type: number, default: 3}
  greet: {type: bool}
---
{{define "system"}}{{template "rules" .}}
- Write for customers of {{.Values.product}}, {{.Values.tone}}, in {{.Values.limit}} sentences.{{if .Values.greet}} Greet.{{end}}
{{template "session" .}}{{template "examples" .}}{{end}}
{{define "user"}}{{template "knowledge" .}}{{template "question" .}}{{end}}
`

func parsedAs(t *testing.T, name, text string) *Template {
	t.Helper()
	out, err := ParseTemplate(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPlainTemplate(t *testing.T) {
	t.Parallel()
	b := build(t, Input{Question: "How long?", Template: parsedAs(t, "old", plainTemplate), Model: "qwen",
		Knowledge: []wenyuan.Passage{passage("a", "Ten </original> seconds.", 1)}, Examples: []Example{{"e", "q", "a"}}, Past: Past{Remembered: []string{"x"}, Summary: "y", Turns: []Turn{{"q1", "a1"}}}})
	want := "system:\nBe brief.  Else write NO_ANSWER_IN_ORIGINALS.\nuser:\nq1\nassistant:\na1\nuser:\n<original n=\"1\" title=\"Guide\" under=\"Part › a\">\nTen ‹/original> seconds.\n</original>\nQ: How long?\n"
	if got := whole(b); got != want {
		t.Errorf("%s", got)
	}
	if got := outcome(b, Examples) + " " + outcome(b, Session); got != "e:not_shown turn 1 remembered 1:not_shown summary:not_shown" {
		t.Error(got)
	}
}

func TestDeclaredTemplate(t *testing.T) {
	t.Parallel()
	support := parsedAs(t, "", declaredTemplate)
	if support.Name != "support" || support.Description == "" || len(support.Variables) != 4 || support.Hash == "" || support.Hash == Default().Hash {
		t.Errorf("%+v", support)
	}
	in := Input{Question: "How long?", Template: support, Knowledge: []wenyuan.Passage{passage("a", "Ten.", 1)}, Examples: []Example{{"e", "q?", "a"}}}
	if got := whole(build(t, in)); !strings.Contains(got, "customers of RocketMQ, plain, in 3 sentences.\n") || !strings.Contains(got, "Say only what the originals say") || !strings.Contains(got, "How answers look") {
		t.Error(got)
	}
	in.Settings.Values = map[string]any{"tone": "warm", "product": "Kafka", "limit": 5.0, "greet": true}
	if got := whole(build(t, in)); !strings.Contains(got, "customers of Kafka, warm, in 5 sentences. Greet.") {
		t.Error(got)
	}
	for _, bad := range []map[string]any{{"tone": "cold"}, {"product": 3}, {"limit": "three"}, {"greet": "yes"}, {"colour": "red"}, {"product": strings.Repeat("x", maxValue+1)}} {
		if err := support.Check(bad); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestBadTemplates(t *testing.T) {
	t.Parallel()
	user := `{{define "user"}}{{template "knowledge" .}}{{.Question}}{{end}}`
	system := `{{define "system"}}s{{end}}`
	for _, c := range []struct{ name, text, says string }{
		{"syntax", system + `{{define "user"}}{{.Question}}`, "unexpected EOF"},
		{"no system", user, `does not define "system"`},
		{"no user", system, `does not define "user"`},
		{"an unknown field", system + `{{define "user"}}{{.Passagen}}{{end}}`, "Passagen"},
		{"an unknown block", system + `{{define "user"}}{{template "rulez" .}}{{end}}`, "rulez"},
		{"a block without data", `{{define "system"}}{{template "rules"}}{{end}}` + user, "nil data"},
		{"no question", system + `{{define "user"}}{{template "knowledge" .}}{{end}}`, "does not show the question"},
		{"no passages", system + `{{define "user"}}{{.Question}}{{end}}`, "does not show the passages"},
		{"no passages in Chinese", system + `{{define "user"}}{{if not .Chinese}}{{template "knowledge" .}}{{end}}{{.Question}}{{end}}`, "does not show the passages"},
		{"an error without passages", system + `{{define "user"}}{{(index .Passages 0).Text}}{{.Question}}{{end}}`, "out of range"},
		{"an unknown variable", `{{define "system"}}{{.Values.tone}}{{end}}` + user, "tone"},
		{"open front matter", "---\nname: x\n" + system + user, "no line ---"},
		{"an unknown key", "---\nnmae: x\n---\n" + system + user, "nmae"},
		{"an alias", "---\ndescription: &a x\nname: *a\n---\n" + system + user, "anchor"},
		{"another name", "---\nname: y\n---\n" + system + user, `calls itself "y"`},
		{"a bad type", "---\nvariables: {a: {type: text}}\n---\n" + system + user, `has the type "text"`},
		{"a choice of nothing", "---\nvariables: {a: {type: choice}}\n---\n" + system + user, "a choice has choices"},
		{"a default that is none", "---\nvariables: {a: {type: choice, choices: [x], default: y}}\n---\n" + system + user, "takes one of"},
		{"a bad name of a variable", "---\nvariables: {a-b: {type: bool}}\n---\n" + system + user, "cannot be the name of a variable"},
		{"round without end", `{{define "system"}}{{range 1000000000}}{{end}}{{end}}` + user, "goes round too often"},
		{"round within round", `{{define "system"}}{{range 1000}}{{range 1000}}{{range 1000}}{{end}}{{end}}{{end}}{{end}}` + user, "goes round too often"},
		{"itself", `{{define "system"}}{{template "system" .}}{{end}}` + user, ""},
		{"twofold", `{{define "a"}}{{template "b" .}}{{template "b" .}}{{end}}{{define "b"}}{{template "c" .}}{{template "c" .}}{{end}}{{define "c"}}{{range 400}}{{range 400}}{{end}}{{end}}{{end}}{{define "system"}}{{template "a" .}}{{end}}` + user, "goes round too often"},
		{"much text", `{{define "system"}}{{range 90000}}{{printf "%999d" 1}}{{end}}{{end}}` + user, "more text"},
		{"a wide number", `{{define "system"}}{{printf "%999999d" 1}}{{end}}` + user, "up to three digits"},
		{"a width as an argument", `{{define "system"}}{{printf "%*d" 999999 1}}{{end}}` + user, "up to three digits"},
		{"one text many times", `{{define "system"}}{{$x := "aaaaaaaaaaaaaaaa"}}{{range 16}}{{$x = print $x $x}}{{end}}{{printf "` + strings.Repeat("%[1]s", 9000) + `" $x}}{{end}}` + user, "more text"},
		{"many long texts", `{{define "system"}}{{$x := "aaaaaaaaaaaaaaaa"}}{{range 18}}{{$x = print $x $x}}{{end}}` + strings.Repeat(`{{$y := print $x $x}}`, 2500) + `{{end}}` + user, "more text"},
		{"a text that doubles", `{{define "system"}}{{$x := "aaaaaaaaaaaaaaaa"}}{{range 60}}{{$x = print $x $x}}{{end}}{{end}}` + user, "more text"},
		{"an escape that grows", `{{define "system"}}{{$x := "<<<<<<<<"}}{{range 60}}{{$x = html $x $x}}{{end}}{{end}}` + user, "more text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := ParseTemplate("x", c.text)
			if wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
	if _, err := ParseTemplate("x", strings.Repeat("x", MaxTemplate+1)); wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Error(err)
	}
	for _, name := range []string{"", "a b", "../x", "-x", strings.Repeat("a", 65)} {
		if _, err := ParseTemplate(name, plainTemplate); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	// The line of a mistake is the line of the file.
	_, err := ParseTemplate("x", "---\ndescription: d\n---\n"+system+"\n{{define \"user\"}}\n{{.Nothing}}{{end}}")
	if err == nil || !strings.Contains(err.Error(), "prompt:6:") {
		t.Error(err)
	}
}

func TestDefault(t *testing.T) {
	t.Parallel()
	d := Default()
	if d.Name != DefaultName || d.Hash == "" {
		t.Errorf("%+v", d)
	}
	for kind := range sentinels {
		if !d.shows[kind] {
			t.Errorf("the built-in template does not show %s", kind)
		}
	}
}
