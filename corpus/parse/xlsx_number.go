package parse

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A numberFormat is what of a cell's format changes what a number means: whether it is a
// date, a percentage, and the unit around it. Digits are not rounded.
type numberFormat struct {
	date, clock    bool
	percent        bool
	prefix, suffix string
	why            Why // cells of this style are not seen
}

// readStyles reads the number format of each cell style.
func (x *xlsx) readStyles(p *pack) error {
	codes := map[int]string{}
	inCells := false
	var fonts, fills []cellPaint
	return p.read("xl/styles.xml", xmlFuncs{
		start: func(name string, a attributes) bool {
			switch name {
			case "numFmt":
				codes[atoi(a.get("numFmtId"))] = a.get("formatCode")
			case "cellXfs":
				inCells = true
			case "xf":
				if inCells {
					id := atoi(a.get("numFmtId"))
					code, own := codes[id]
					if !own {
						code = builtinFormats[id]
					}
					f := parseNumberFormat(code)
					f.why = unseenCell(code, pick(fonts, a.get("fontId")), pick(fills, a.get("fillId")))
					x.formats = append(x.formats, f)
				}
			case "font":
				fonts = append(fonts, cellPaint{size: 11})
			case "fill":
				fills = append(fills, cellPaint{colour: white})
			case "borders", "dxfs", "cellStyleXfs":
				return false
			default:
				paintCell(name, a, fonts, fills)
			}
			return true
		},
		end: func(name string) { inCells = inCells && name != "cellXfs" },
	})
}

// builtinFormats are those of ECMA-376 part 1, 18.8.30, that are dates or percentages; 27 to
// 36 and 50 to 58 are dates in Chinese and Japanese.
var builtinFormats = func() map[int]string {
	m := map[int]string{9: "0%", 10: "0.00%", 14: "m/d/yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss"}
	for i := 27; i <= 58; i++ {
		if i <= 36 || i >= 50 {
			m[i] = "yyyy/m/d"
		}
	}
	for _, i := range []int{32, 33, 34, 35} {
		m[i] = "h:mm:ss"
	}
	return m
}()

// parseNumberFormat reads the first section of a format code.
func parseNumberFormat(code string) numberFormat {
	var f numberFormat
	digits := false
	literal := func(s string) {
		if digits {
			f.suffix += s
		} else {
			f.prefix += s
		}
	}
	for i := 0; i < len(code) && code[i] != ';'; i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 1
			}
			literal(code[i+1 : i+1+end])
			i += end + 1
		case '\\', '_', '*':
			i++ // the next character is shown, or is as wide, or fills
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return f
			}
			inner := code[i+1 : i+end]
			if currency, ok := strings.CutPrefix(inner, "$"); ok {
				currency, _, _ = strings.Cut(currency, "-")
				literal(currency)
			} else if l := strings.ToLower(inner); l == "h" || l == "hh" || l == "m" || l == "mm" || l == "s" || l == "ss" {
				f.clock = true
			}
			i += end
		case '0', '#', '?':
			digits = true
		case '%':
			f.percent = true
		case 'y', 'Y', 'd', 'D', 'e':
			f.date = true
		case 'h', 'H', 's', 'S':
			f.clock = true
		case 'm', 'M':
			f.date = f.date || !f.clock && !strings.ContainsAny(code, "hHsS")
		case 'G', 'g':
			if strings.HasPrefix(code[i:], "General") {
				digits = true
				i += len("General") - 1
			}
		case '$':
			literal("$")
		case 0xc2, 0xe2, 0xef: // ¥ £ € ￥
			for _, sign := range []string{"¥", "£", "€", "￥"} {
				if strings.HasPrefix(code[i:], sign) {
					literal(sign)
					i += len(sign) - 1
				}
			}
		}
	}
	if f.date || f.clock {
		return numberFormat{date: f.date, clock: f.clock}
	}
	f.prefix, f.suffix = strings.TrimSpace(f.prefix), strings.TrimSpace(f.suffix)
	return f
}

// number writes a cell's number as its format means it.
func (x *xlsx) number(raw string, style int) string {
	v, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return raw
	}
	var f numberFormat
	if style >= 0 && style < len(x.formats) {
		f = x.formats[style]
	}
	switch {
	case f.date || f.clock:
		if s, ok := serialDate(v, x.epoch == 1904, f); ok {
			return s
		}
	case f.percent:
		return plainNumber(v*100) + "%"
	}
	return f.prefix + plainNumber(v) + f.suffix
}

// plainNumber has the fifteen digits that Excel keeps, without an exponent where that is
// readable.
func plainNumber(v float64) string {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if a := math.Abs(v); a != 0 && (a < 1e-9 || a >= 1e21) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// serialDate turns days since the epoch into ISO 8601. Excel's first epoch counts a 29th
// of February 1900 that never was, so it lies a day early for all dates since.
func serialDate(v float64, mac bool, f numberFormat) (string, bool) {
	const lastDay = 2958466 // the year 10000
	if v < 0 || v >= lastDay {
		return "", false
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if mac {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days, fraction := math.Modf(v)
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(fraction*86400)) * time.Second)
	layout := "2006-01-02"
	switch {
	case !f.date && days > 0:
		return strconv.Itoa(int(days)*24+t.Hour()) + t.Format(":04:05"), true // a duration
	case !f.date:
		layout = "15:04:05"
	case f.clock && t.Second() == 0:
		layout += " 15:04"
	case f.clock:
		layout += " 15:04:05"
	}
	return t.Format(layout), true
}
