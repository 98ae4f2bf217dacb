package pdf

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the fixtures of the room above anew")

// fixtures are the PDF files in testdata of the room above: written here, by us.
var fixtures = map[string][]byte{
	"manual.pdf": makePDF("", func(p *pen) {
		p.text(72, 780, 20, "Retry policy")
		p.lines(72, 740, 11, "When a consumer fails, the broker delivers the message again. The num-", "ber of attempts is limited to 16.")
		p.chinese(72, 690, 16, "重试策略")
		p.chinese(72, 660, 11, "消费失败时，服务端会重新投递消息，最多 16 次。")
	}, func(p *pen) {
		p.text(72, 780, 11, "The second page has its own words.")
	}),
	"encrypted.pdf": makePDF(encryption, func(p *pen) { p.text(72, 700, 11, "secret") }),
	"scan.pdf":      makePDF("", func(p *pen) { p.WriteString("0 0 100 100 re f\n") }),
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	for name, data := range fixtures {
		path := filepath.Join("..", "testdata", name)
		if *update {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%s is not what makePDF writes; run with -update", path)
		}
	}
}
