package extract

import "testing"

func TestDisplayOfCodeCutOutOfABlock(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"```go\nf()\n```":              "```go\nf()\n```",
		"  }\n}\nrun()\nstop()":        "```\nrun()\nstop()\n```",
		"send(m);\n}\n```":             "```\nsend(m);\n}\n```",
		"```\nnext()\nlast()":          "```\nnext()\nlast()\n```",
		"```\nend()\n```\n```sh\nls\n": "```\nend()\nls\n```",
		"sh bin/mqadmin updateTopic":   "sh bin/mqadmin updateTopic",
		"}":                            "}",
	} {
		if got := display(unit{role: code, text: in}); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
