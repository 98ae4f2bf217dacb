package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline writes the blocks so that a test can compare them: kind, headings, text.
func outline(doc *Document) string {
	runes := []rune(doc.Text)
	var out strings.Builder
	for _, b := range doc.Blocks {
		fmt.Fprintf(&out, "%s", b.Kind)
		if b.Level > 0 {
			fmt.Fprint(&out, b.Level)
		}
		if b.Page > 0 {
			fmt.Fprintf(&out, " p%d", b.Page)
		}
		if b.Lang != "" {
			fmt.Fprintf(&out, " %s", b.Lang)
		}
		if len(b.Heading) > 0 {
			fmt.Fprintf(&out, " (%s)", strings.Join(b.Heading, " > "))
		}
		if b.Header != "" {
			fmt.Fprintf(&out, " [%s]", b.Header)
		}
		fmt.Fprintf(&out, ": %s\n", strings.ReplaceAll(string(runes[b.Start:b.End]), "\n", "⏎"))
	}
	return out.String()
}

func wantOutline(t *testing.T, doc *Document, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimLeft(want, "\n"), outline(doc)); diff != "" {
		t.Errorf("blocks differ (-want +got):\n%s", diff)
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "docs/retry.md", `---
title: "Retry policy"
sidebar_position: 3
---
import Tabs from '@theme/Tabs';

# Retries {#retries}

When a *consumer* fails, the [broker](http://example.com/b) delivers **again**.
At most `+"`16`"+` times &amp; no more.

消费失败时，
服务端会重新投递。

:::tip Mind this
Use `+"`snake_case_name`"+` and <topic> names.
:::

![state machine of a retry](a.png)

![](img.png)

## Steps

1. Stop the broker
   - with care<br/>and twice
2. Start it

`+"```java\nimport a.B;\n\n:::not an admonition\n```"+`

| Name | Default |
|------|---------|
| retries | 16 |
| delay<br>time | 10 s |

<details><summary>More</summary>

Inner *text*.

</details>

<table>
<tr><th>甲</th><th>乙</th></tr>

<tr><td rowspan="2">一</td><td>二</td></tr>
<tr><td>三</td></tr>
</table>

Last[^1].

[^1]: A note.
`)
	if doc.Title != "Retry policy" {
		t.Errorf("title %q", doc.Title)
	}
	wantOutline(t, doc, `
heading1: Retries
paragraph (Retries): When a consumer fails, the broker delivers again. At most 16 times & no more.
paragraph (Retries): 消费失败时，服务端会重新投递。
paragraph (Retries): Mind this
paragraph (Retries): Use snake_case_name and <topic> names.
figure (Retries): state machine of a retry
heading2 (Retries): Steps
list (Retries > Steps): 1. Stop the broker
list (Retries > Steps): - with care⏎and twice
list (Retries > Steps): 2. Start it
code java (Retries > Steps): import a.B;⏎⏎:::not an admonition
table (Retries > Steps) [Name | Default]: Name | Default⏎retries | 16⏎delay time | 10 s
paragraph (Retries > Steps): More
paragraph (Retries > Steps): Inner text.
table (Retries > Steps) [甲 | 乙]: 甲 | 乙⏎一 | 二⏎一 | 三
paragraph (Retries > Steps): Last.
list (Retries > Steps): 1. A note.
`)
}

// Strong text beside Chinese letters is not what CommonMark thinks.
func TestMarkdownChinese(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, "a.md", "**消息：**内容，**“重试”**次数。2**3 和 a\\*b。\n\n# 中文标题 {#id}\n")
	if want := "消息：内容，“重试”次数。2**3 和 a*b。\n\n中文标题"; doc.Text != want {
		t.Errorf("%q", doc.Text)
	}
	if doc.Title != "中文标题" {
		t.Errorf("title %q", doc.Title)
	}
}
