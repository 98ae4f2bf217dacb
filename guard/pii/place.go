package pii

import "strings"

// Parts of a Chinese address, by what ends them. The longer stand before those that they
// begin with.
var (
	regions = []string{"特别行政区", "自治区", "自治州", "自治县", "开发区", "高新区", "新区", "地区", "省", "市", "区", "县", "旗", "州", "盟", "镇", "乡", "街道", "村", "屯"}
	roads   = []string{"大道", "大街", "胡同", "公路", "路", "街", "巷", "弄", "道", "里"}
	estates = []string{"小区", "花园", "家园", "公寓", "大厦", "广场", "中心", "新村", "科技园", "产业园", "工业园", "软件园", "园区", "社区", "华庭", "名苑", "新城", "豪庭", "雅苑", "别墅", "宿舍", "大楼", "校区", "苑", "园", "城", "府", "湾", "院", "庭", "居", "组", "舍"}
	rooms   = []string{"号楼", "号院", "单元", "号", "栋", "幢", "座", "期", "层", "楼", "房间", "室", "房", "户", "门", "弄", "巷", "组", "队"}
	atWords = []string{"地址", "住址", "住在", "家住", "寄到", "寄往", "送到", "位于", "居住", "户籍", "现住", "搬到", "搬至", "快递到", "住", "地点", "所在地", "注册地", "办公地"}
)

// parts counts what an address was read from.
type parts struct{ region, road, estate, room int }

// placed reads an address that begins with the name of a province or a city.
func (f *finder) placed(i int) int {
	h := hanWords()
	n := 0
	for _, size := range []int{12, 9, 6} {
		if i+size <= len(f.s) && h.places[f.s[i:i+size]] {
			n = size
			break
		}
	}
	if n == 0 {
		return 0
	}
	end := i + n
	var p parts
	p.region++
	for _, u := range []string{"特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "自治州", "省", "市"} {
		if strings.HasPrefix(f.s[end:], u) {
			end += len(u)
			break
		}
	}
	return f.address(i, end, p)
}

// address reads on from end, and takes what it read where it is enough for an address.
func (f *finder) address(start, end int, p parts) int {
	for range 12 {
		to := f.part(end, &p)
		if to == 0 {
			break
		}
		end = to
	}
	context := says(f.before(start, 30), atWords...)
	places := p.road + p.estate
	score := 0.0
	switch {
	case places > 0 && p.room > 0 && p.region > 0:
		score = 0.9
	case places > 0 && p.room > 0:
		score = 0.7
	case p.region > 1 && (places > 0 || p.room > 0):
		score = 0.65
	case context && p.region > 0 && (p.region > 2 || places > 0 || p.room > 0):
		score = 0.65
	case p.region > 3:
		score = 0.5
	case context && p.region > 1:
		score = 0.4
	default:
		return 0
	}
	f.add("ADDRESS", start, end, score, byForm)
	return end
}

// part reads one part: a number with its unit, or a name with its unit. It gives its end, 0
// where there is none.
func (f *finder) part(i int, p *parts) int {
	s := f.s
	if i < len(s) && (s[i] == ' ' || s[i] == ',') {
		i++
	}
	k := i
	for k < len(s) && k-i < 12 && (class[s[k]]&isAlnum != 0 || s[k] == '-' || s[k] == '#' || s[k] == '~') {
		k++
	}
	if k > i {
		return f.numbered(i, k, p)
	}
	h := hanWords()
	for n := 0; n < 11; n++ {
		c, size := h.of(s[k:])
		if size == 0 {
			return 0
		}
		if strings.Contains(notInPlaces, s[k:k+3]) {
			return 0
		}
		if n > 0 && c&unitFirst != 0 {
			if to := f.unitAt(k, n, p); to > 0 {
				return to
			}
		}
		if n == 0 && c&unit == 0 && p.region+p.road+p.estate+p.room == 0 {
			return 0
		}
		k += size
	}
	return 0
}

// notInPlaces are letters that bind words and stand in no name of a place.
const notInPlaces = "的了是在我你他她它们这那哪不就也很说要能可以及被把从到对吗呢吧"

// placeLetter are letters that bind words and stand in the names of places too.
func placeLetter(s string) bool {
	return strings.HasPrefix(s, "和") || strings.HasPrefix(s, "上") || strings.HasPrefix(s, "下") || strings.HasPrefix(s, "里") || strings.HasPrefix(s, "将") || strings.HasPrefix(s, "向") || strings.HasPrefix(s, "由") || strings.HasPrefix(s, "会")
}

// unitAt reads the unit of a named part of n letters.
func (f *finder) unitAt(k, n int, p *parts) int {
	for _, list := range []struct {
		units []string
		count *int
	}{{estates[:21], &p.estate}, {roads[:4], &p.road}, {regions, &p.region}, {roads[4:], &p.road}, {estates[21:], &p.estate}} {
		for _, u := range list.units {
			if !strings.HasPrefix(f.s[k:], u) || list.count == &p.region && p.road+p.room > 0 {
				continue
			}
			if len(u) == 3 && list.count == &p.estate && !f.closed(k+3) && !hanNumber(f.s[k+3:min(len(f.s), k+6)]) {
				continue
			}
			if u == "里" && !f.closed(k+3) {
				continue
			}
			*list.count++
			return f.section(k + len(u))
		}
	}
	if n <= 3 {
		for _, u := range rooms[:9] {
			if strings.HasPrefix(f.s[k:], u) && hanNumber(f.s[k-3*n:k]) {
				p.room++
				return k + len(u)
			}
		}
	}
	return 0
}

// section takes the section of a road with it: "一段", "中段".
func (f *finder) section(end int) int {
	if rest := f.s[end:]; len(rest) >= 6 && rest[3:6] == "段" && strings.Contains("一二三四五六七八东西南北中", rest[:3]) {
		return end + 6
	}
	return end
}

func hanNumber(s string) bool {
	for _, r := range s {
		if !strings.ContainsRune("一二三四五六七八九十百零〇甲乙丙丁东西南北", r) {
			return false
		}
	}
	return s != ""
}

// numbered reads the number between i and k, and its unit.
func (f *finder) numbered(i, k int, p *parts) int {
	rest := f.s[k:]
	gap := 0
	if strings.HasPrefix(rest, " ") {
		gap = 1
	}
	for _, u := range rooms {
		if strings.HasPrefix(rest[gap:], u) {
			p.room++
			return k + gap + len(u)
		}
	}
	for _, u := range []string{"弄", "巷", "村", "街", "路"} {
		if strings.HasPrefix(rest, u) {
			p.road++
			return k + len(u)
		}
	}
	if p.room > 0 && k-i <= 7 && class[f.s[i]]&(isDigit|isUpper) != 0 || p.road > 0 && k-i <= 4 && class[f.s[i]] == isDigit && f.closed(k) {
		if f.byteAt(i-1) != ',' && f.byteAt(k) != ':' && f.byteAt(k) != '.' && (f.byteAt(i-1) != ' ' || k-i <= 4) {
			p.room++
			return k
		}
	}
	return 0
}

// roadBack looks at the unit of a road, a place or an estate before which an address may
// begin that names no known city.
func (f *finder) roadBack(i int) int {
	s := f.s
	road, length := false, 3
	for _, u := range roads {
		if strings.HasPrefix(s[i:], u) {
			road, length = true, len(u)
			break
		}
	}
	estate := ""
	if !road {
		for _, u := range append(estates[:12:12], "区", "县", "市", "镇", "村") {
			if strings.HasPrefix(s[i:], u) {
				estate, length = u, len(u)
				break
			}
		}
		if estate == "" {
			return 0
		}
	}
	length = f.section(i+length) - i
	next := f.after(i+length, 1)
	region := strings.Contains("区县市镇村", estate) && estate != ""
	if !region && (next == "" || class[next[0]] != isDigit && !hanNumber(f.after(i+length, 1)) && next[0] != ' ') {
		return 0
	}
	h := hanWords()
	start := i
	for n := 0; n < 6 && start > 0; n++ {
		from := lastRune(s, start)
		c, size := h.of(s[from:])
		if size == 0 || c&function != 0 && !placeLetter(s[from:]) || strings.HasPrefix(s[from:], "住") || strings.HasPrefix(s[from:], "址") || strings.HasPrefix(s[from:], "寄") || strings.HasPrefix(s[from:], "送") || strings.HasPrefix(s[from:], "点") || strings.HasSuffix(s[:start], "改成") || strings.HasSuffix(s[:start], "换成") || strings.HasSuffix(s[:start], "变成") {
			break
		}
		start = from
	}
	if i-start < 6 && !(road && i-start >= 3) {
		return 0
	}
	var p parts
	switch {
	case road:
		p.road++
	case region:
		p.region++
	default:
		p.estate++
	}
	return f.address(start, i+length, p)
}
