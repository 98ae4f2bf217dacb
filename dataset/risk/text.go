package risk

// Text finds what is wrong with one text that a person wrote, but for injected instructions:
// Characters, Noise and Words. What scores under half of Threshold is not reported. It reads
// the first 16 KiB for damage and the last 16 KiB for noise.
func Text(text string) []Finding {
	var out []Finding
	for _, s := range noise(text) {
		from := len(text) - min(len(text), readAtMost) // where noise began to read
		for from > 0 && from < len(text) && text[from]&0xc0 == 0x80 {
			from++
		}
		out = append(out, Finding{Kind: Noise, Score: s.score, Start: from + s.start, End: from + s.end, Evidence: short(text[from+s.start : from+s.end]), Reason: s.reason})
	}
	head := text[:min(len(text), readAtMost)]
	for len(head) > 0 && len(head) < len(text) && text[len(head)]&0xc0 == 0x80 {
		head = head[:len(head)-1]
	}
	if f, ok := damage(head, out); ok {
		out = append(out, f)
	}
	if f, ok := replaced(head); ok {
		out = append(out, f)
	}
	return out
}

// damage finds characters that were tampered with, outside of what is noise already.
func damage(text string, noise []Finding) (Finding, bool) {
	if len(noise) > 0 && noise[0].Start > 0 && noise[0].Start < len(text) {
		text = text[:noise[0].Start]
	}
	set := SetEnglish
	measure := func(text string) signs { return latinSigns(text, shipped().Odds) }
	if chinese(text) {
		set, measure = SetChinese, hanSigns
	}
	s := measure(text)
	if len(s.marks) == 0 {
		return Finding{}, false
	}
	score, reason := shipped().Scorers[set].Score(s.x), reasonDamaged
	if s.disguised {
		score, reason = max(score, 0.95), reasonDisguised
	}
	if score < Threshold/2 {
		return Finding{}, false
	}
	return Finding{Kind: Characters, Score: score, Start: s.marks[0].start, End: s.marks[0].end, Evidence: evidence(text, s.marks), Reason: reason}, true
}

// replaced hints at words that stand for others. Hardly any are seen, so that the score never
// sets a text aside: it is half of what is measured.
func replaced(text string) (Finding, bool) {
	set, measure := SetEnglishWords, latinRareness
	if chinese(text) {
		set, measure = SetChineseWords, hanRareness
	}
	score := shipped().Scorers[set].Score(measure(text))
	if score < Threshold {
		return Finding{}, false
	}
	return Finding{Kind: Words, Score: score / 2, Start: 0, End: len(text), Evidence: short(text), Reason: reasonWords}, true
}

// short cuts evidence to 200 bytes.
func short(s string) string {
	if len(s) <= 200 {
		return s
	}
	n := 197
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
