package pii

import "strings"

// What stands before a name where a form, a list or a letter says that one follows.
var (
	labelEnds = endsOf("人 人员 员 代表 者 师 长 方 家属 名称 经理 主任 姓名")
	signOffs  = endsOf("敬礼 祝好 商祺 安好 顺利 安康 敬上 谨上 夏安 冬安 春祺 秋祺 台安 教安 编安 工作愉快 身体健康 万事如意")
	binds     = set("和 与 及 以及 、 , , ; / | 跟 同 或 及其")
)

// labelled says whether what stands before is the label of a field and its colon: "复核人:".
// near is in lower case; bare is near without what stands between a label and a name.
func labelled(near, bare string) bool {
	return strings.IndexByte(near[len(bare):], ':') >= 0 && labelEnds.in(bare)
}

// signed says whether a letter was closed on the line above: "此致 敬礼".
func signed(bare string) bool {
	above := strings.TrimRight(bare, "\n\r !!。.,")
	return len(above) < len(bare) && strings.IndexByte(bare[len(above):], '\n') >= 0 && signOffs.in(above)
}

// inRow says whether only what binds a row of names stands between the last name and i.
func (f *finder) inRow(i int) bool {
	if f.nameTo == 0 || i-f.nameTo > 9 || i <= f.nameTo {
		return false
	}
	between := f.s[f.nameTo:i]
	bind := strings.Trim(between, " \t")
	return bind == "" || binds[bind]
}

// pairNext says whether another name is bound to the one that ends here: "蒋文和倪佳音".
func (f *finder) pairNext(end int) bool {
	for _, bind := range []string{"和", "与", "、", "及", "跟"} {
		if !strings.HasPrefix(f.s[end:], bind) {
			continue
		}
		next := f.s[end+len(bind):]
		if len(next) < 9 || !strings.Contains(zhSurnames, next[:3]) || strings.Contains(rareFamilies, next[:3]) {
			return false
		}
		h := hanWords()
		first, _ := h.of(next[3:])
		second, _ := h.of(next[6:])
		return first&second&given != 0 && !h.ordinary[next[:6]] && !h.ordinary[next[3:9]] && !h.places[next[:6]]
	}
	return false
}

// spaced gives the end of a name that is written with a space inside, as forms have it: "赵 敏".
func (f *finder) spaced(family int) int {
	k := family
	for k < len(f.s) && k < family+3 && f.s[k] == ' ' {
		k++
	}
	c, size := hanWords().of(f.s[k:])
	if k == family || size == 0 || c&given == 0 {
		return 0
	}
	end := k + size
	if f.closed(end) {
		return end
	}
	return 0
}

// transliterated are the letters that write foreign names and those of the peoples of China
// who have no family name of the Han; they follow the tables of the Xinhua agency.
var transliterated = func() (m [lastHan - firstHan + 1]bool) {
	for _, r := range "阿埃艾爱安昂奥巴白拜班邦保鲍贝本比毕宾彬波伯博卜布查达戴丹当道得德登邓迪蒂丁东杜多顿朵娥厄恩尔法凡范菲费芬冯弗夫福富盖甘冈高戈哥歌格葛根贡古瓜圭哈海汉翰豪赫黑亨胡华霍基姬吉加迦嘉贾简江杰洁捷金津卡开坎康考柯科克肯孔寇库夸奎昆拉腊莱赖兰朗劳乐勒雷蕾里理李历利莉丽连琳林列龙隆卢鲁路露伦罗洛玛马买麦迈曼芒毛茅梅门蒙孟米密明缪摩莫默姆木穆拿那纳娜南内妮尼涅宁牛纽农努诺欧帕派潘庞培佩彭蓬皮匹平珀泼普其齐奇契钱乔切琴青琼丘曲热仁日荣茹儒瑞若撒萨塞赛瑟沙莎珊善尚邵绍舍申生圣施诗石什史士舒丝斯思司松苏素索塔台泰坦汤唐陶特滕提田图土吐托瓦娃万汪旺威韦维卫魏温文翁沃乌吾武伍西希锡席夏香肖谢辛欣逊休许雅亚延扬姚耶叶依伊英因尤于约泽扎詹张赵珍芝治朱卓兹子宗祖佐措旦央增堆杰布桑才珠穷姜顿格勒仓贡嘎岭山森生奈修荷柳郎非蓓惠裘迭凯霞茜黛萝梵梭笛蒲佛恰吕芙蕊芭薇翠玫碧烈吐罕孜则美巧娃音措边珠晋强决合哲章顾敦墨楚川昌勃铁廷雄耀宽律黎良杭洪钦昭朝帖汗狄妲雯恺里达伽茨契卓" {
		m[r-firstHan] = true
	}
	return m
}()

// notForeign are words of such letters that follow a name and do not belong to it.
var notForeign = startsOf("因为 因此 于是 于 当选 当时 当天 当场 当年 明天 明年 明确 本人 本月 本周 本来 连任 连续 多次 多年 得知 得到 得奖 加入 提出 提交 提到 提供 提议 特别 特意 达成 达到 保证 保持 安排 安装 平时 平日 马上 道歉 东部 南部 西部 海外 高兴 基于 基本 考上 考虑 文章 思考 利用 开始 开会 开车 开发 理应 其 生于 生前 生病 生活 生产 日前 里面 内 合作 合影 合同 合并 美国 强调 决定 决赛 音乐 则是 朝着 良好 明 善于 理解 根据 子女 开 非常 生日 森林")

// foreignLetter says whether a letter that writes foreign names begins at k.
func (f *finder) foreignLetter(k int) bool {
	s := f.s
	if k < 0 || k+3 > len(s) {
		return false
	}
	if _, size := hanWords().of(s[k:]); size == 0 {
		return false
	}
	r := rune(s[k]&0x0F)<<12 | rune(s[k+1]&0x3F)<<6 | rune(s[k+2]&0x3F)
	return transliterated[r-firstHan] || s[k:k+3] == "大" && (strings.HasPrefix(s[k+3:], "卫") || strings.HasSuffix(s[:k], "山"))
}

// middleDot gives the size of a dot between the parts of a name at i, 0 where there is none.
func middleDot(s string, i int) int {
	for _, d := range []string{"·", "•", "・", "‧"} {
		if strings.HasPrefix(s[min(i, len(s)):], d) {
			return len(d)
		}
	}
	return 0
}

const longestForeign = 7 * 3 // bytes of one part

// neverFirst says whether the first letter belongs to the word before a name: "来自于", "总理",
// "博士".
func neverFirst(s string) bool {
	for _, w := range []struct{ letter, but string }{{"于", "于尔"}, {"理", "理查"}, {"士", "\x00"}, {"博士", "\x00"}, {"合", "\x00"}, {"则", "\x00"}, {"边", "边巴"}} {
		if strings.HasPrefix(s, w.letter) && !strings.HasPrefix(s, w.but) {
			return true
		}
	}
	return false
}

// dotted reads a name whose parts are joined by a dot: "约翰·史密斯". i is the dot. A dot
// joins titles and plates too; what counts is that only letters of foreign names stand at
// both sides. It gives how far the text is read.
func (f *finder) dotted(i int) int {
	start := i
	for i-start < longestForeign && f.foreignLetter(start-3) {
		start -= 3
	}
	for start < i && neverFirst(f.s[start:]) {
		start += 3
	}
	known := hanWords()
	placed := func(part string) bool { return known.places[part] || known.ordinary[part] }
	end, parts, places := i, 0, placed(f.s[start:i])
	for parts < 4 {
		dot := middleDot(f.s, end)
		if dot == 0 {
			break
		}
		k := end + dot
		from := k
		for k-from < longestForeign && f.foreignLetter(k) && (k-from < 3 || !notForeign.in(f.after(k, 6))) {
			k += 3
		}
		if k == from {
			break
		}
		end, parts, places = k, parts+1, places && placed(f.s[from:k])
	}
	if parts == 0 || places || start == i || end-start < 11 {
		return 0
	}
	f.add("PERSON", start, end, 0.85, byForm)
	f.nameTo = end
	return end
}
