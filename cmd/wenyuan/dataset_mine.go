package main

import (
	"fmt"
	"io"

	"wenyuan/dataset"
)

type datasetMineCmd struct {
	DryRun bool `name:"dry-run" help:"dataset_mine_dry"`
}

func (datasetMineCmd) Help() string {
	return "  $ wenyuan dataset mine --dry-run\n  $ wenyuan dataset mine --space support --json"
}

// Run makes pairs of what people did with answers.
func (v *datasetMineCmd) Run(s *session) error {
	path := "/api/samples/mine"
	if v.DryRun {
		path += "?dry_run=true"
	}
	var out dataset.Mined
	err := s.with(func(c *client) error { return s.work(c, path, "", nil, &out) })
	if err != nil {
		return err
	}
	return s.give(out, func(w io.Writer) { s.mined(w, out) })
}

// skewed is the correlation of length with preference from which it is said that length still decides.
const skewed = 0.2

func (s *session) mined(w io.Writer, out dataset.Mined) {
	if out.Dry {
		fmt.Fprintln(w, s.say("nothing was kept: this is what would be", "没有保存：以下是将会得到的结果"))
	}
	fmt.Fprintln(w, s.say("%d new pairs from %d answers, %d were there before, %d of all are set aside", "由 %[2]d 个回答得到 %[1]d 个新的偏好对，%[3]d 个已存在，其中共搁置 %[4]d 个", out.Samples, out.Answers, out.Known, out.Aside))
	var t table
	for _, from := range sortedKeys(out.Pairs) {
		t.row("  "+s.minedFrom(from), out.Pairs[from])
	}
	for _, why := range sortedKeys(out.Left) {
		t.row("  "+s.say("left out", "未收入")+": "+s.minedLeft(why), out.Left[why])
	}
	for _, arm := range sortedKeys(out.Arms) {
		t.row("  "+s.say("arm", "分流版本")+" "+arm, fmt.Sprintf("%.3f", out.Arms[arm]))
	}
	t.write(w)
	l := out.Lengths
	fmt.Fprintln(w, s.say("length explains preference by r = %+.2f before and %+.2f after; the better answer is %.2f and %.2f times as long", "长度与偏好的相关系数：处理前 %+.2f，处理后 %+.2f；较好的回答的长度是较差的 %.2f 倍和 %.2f 倍", l.Before, l.After, l.RatioBefore, l.RatioAfter))
	fmt.Fprintln(w, s.say("%d people; the busiest had %.0f %% of the weight; of %d of them pairs are set aside", "%d 人；最活跃的一人占权重的 %.0f %%；其中 %d 人有偏好对被搁置", out.People, 100*out.Busiest, out.Capped))
	if out.Scored+out.Gone > 0 {
		fmt.Fprintln(w, s.say("%d samples have another quality now, %d no longer follow and were erased", "%d 个样本的质量有变化，%d 个不再成立而已清除", out.Scored, out.Gone))
	}
	if l.After > skewed || l.After < -skewed {
		fmt.Fprintln(w, s.say("▲ length still decides: there are too few pairs in which the other side wins", "▲ 长度仍在左右偏好：另一方胜出的偏好对太少"))
	}
	if out.Cut {
		fmt.Fprintln(w, s.say("▲ there are older answers, that nobody looked at", "▲ 还有更早的回答没有查看"))
	}
}

func (s *session) minedFrom(from string) string {
	return s.say(from, map[string]string{"correction": "有人改正", "votes": "赞与踩", "checks": "逐句核对", "again": "重新提问", "arms": "分流对比"}[from])
}

func (s *session) minedLeft(why string) string {
	return s.say(why, map[string]string{"same text": "内容几乎相同", "twice": "重复", "opposed": "相互矛盾", "nothing said": "没有内容", "wrong order": "重新提问后反而更差", "withdrawn": "文档已移除", "hidden": "你无权查看", "empty": "没有内容"}[why])
}
