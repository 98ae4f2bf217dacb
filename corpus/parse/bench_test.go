package parse

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A section of a manual as such documents are: a heading, prose in both languages, a list,
// code and a table.
const section = `## Retry policy of %[1]d

When a consumer fails, the broker delivers the message again after a *waiting time* that grows, at most ` + "`16`" + ` times; see [the limits](limits.md).

消费者出现异常时，服务端会根据重试策略重新投递该消息；超过一定次数后若还未消费成功，则该消息将不再继续重试，直接被发送到死信队列中。

- The order of messages is kept within one group.
- 顺序消息在同一个分组内保持先后顺序。

` + "```java\nProducer producer = provider.newProducerBuilder()\n    .setTopics(\"topic-%[1]d\")\n    .build();\n```" + `

| Parameter | Default | 说明 |
|-----------|---------|------|
| retries-%[1]d | 16 | 最大重试次数 |
| delay | 10 s | 首次重试间隔 |

`

func manual(sections int) string {
	var out strings.Builder
	out.WriteString("# Manual\n\n")
	for i := range sections {
		fmt.Fprintf(&out, section, i)
	}
	return out.String()
}

func bench(b *testing.B, name string, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(context.Background(), name, bytes.NewReader(data), int64(len(data)), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarkdown(b *testing.B) { bench(b, "a.md", []byte(manual(200))) }
func BenchmarkText(b *testing.B)     { bench(b, "a.txt", []byte(manual(200))) }
func BenchmarkCode(b *testing.B)     { bench(b, "a.go", []byte(manual(200))) }

func BenchmarkGBK(b *testing.B) {
	s, err := simplifiedchinese.GBK.NewEncoder().String(manual(200))
	if err != nil {
		b.Fatal(err)
	}
	bench(b, "a.txt", []byte(s))
}

func BenchmarkHTML(b *testing.B) {
	page := "<html><body><nav><a>a</a></nav><main>" + strings.Repeat("<h2>Retry policy</h2><p>When a <b>consumer</b> fails, the <a href='x'>broker</a> delivers again.</p><ul><li>消费者出现异常时，服务端会重新投递。<li>b</ul><table><tr><th>Parameter<th>Default<tr><td>retries<td>16</table>", 500) + "</main></body></html>"
	bench(b, "a.html", []byte(page))
}

func BenchmarkCSV(b *testing.B) {
	bench(b, "a.csv", []byte("id,name,value\n"+strings.Repeat("1042,消息队列,3.14\n", 10_000)))
}

func BenchmarkDOCX(b *testing.B) {
	body := strings.Repeat(`<w:p><w:pPr><w:pStyle w:val="a"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>When a consumer fails, </w:t></w:r><w:r><w:t>服务端会重新投递。</w:t></w:r></w:p>`, 2000)
	bench(b, "a.docx", officeFile(b, "word/document.xml", "<w:document><w:body>"+body+"</w:body></w:document>"))
}

func BenchmarkXLSX(b *testing.B) {
	var rows strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&rows, `<row r="%[1]d"><c r="A%[1]d" t="s"><v>0</v></c><c r="B%[1]d"><v>%[1]d.5</v></c><c r="C%[1]d" t="inlineStr"><is><t>次数</t></is></c></row>`, i+1)
	}
	bench(b, "a.xlsx", officeFile(b, "xl/workbook.xml", `<workbook><sheet name="s" id="r"/></workbook>`, "xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/sharedStrings.xml", "<sst><si><t>name</t></si></sst>", "xl/worksheets/sheet1.xml", "<sheetData>"+rows.String()+"</sheetData>"))
}

func BenchmarkPDF(b *testing.B) {
	raw, err := os.ReadFile(filepath.Join("testdata", "manual.pdf"))
	if err != nil {
		b.Fatal(err)
	}
	bench(b, "a.pdf", raw)
}

// BenchmarkDocs parses all pages of a real documentation, one after the other.
func BenchmarkDocs(b *testing.B) {
	var pages [][]byte
	size := 0
	err := filepath.WalkDir(filepath.Join(sharedData(b), "docs"), func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		raw, err := os.ReadFile(path)
		pages = append(pages, raw)
		size += len(raw)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, raw := range pages {
			if _, err := parseBytes(b, "a.md", raw); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(pages)), "pages")
}
