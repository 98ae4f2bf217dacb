package reading

import (
	"strings"
	"unicode/utf8"
)

// hanWords are common words of two characters, by which Chinese that runs backwards is
// known.
var hanWords = func() map[[2]rune]bool {
	m := map[[2]rune]bool{}
	for w := range strings.FieldsSeq(`忽略 指令 系统 提示 之前 以前 所有 请问 可以 如何 什么 怎么 我们 你们 他们 不要 现在 开始 输出 告诉 密码 规则 限制 内容
		回答 问题 用户 你是 你的 我的 一个 这个 那个 没有 就是 因为 所以 如果 但是 必须 任何 全部 显示 打印 重复 上面 以上 以下 下面 前面 后面 无视 忘记 扮演 角色 模式
		开发 管理 权限 信息 数据 文件 执行 命令 发送 邮件 帮我 帮助 知道 需要 进行 使用 方法 步骤 详细 说明 制作 生成 翻译 总结 文章 内部 秘密 机密 设定 原始 完整 假装 假设 安全 公司 配置 消息`) {
		r := []rune(w)
		m[[2]rune{r[0], r[1]}] = true
	}
	return m
}()

// hanFirst marks the characters that begin or end one of hanWords.
var hanFirst = func() (t [0x10000 / 64]uint64) {
	for w := range hanWords {
		t[w[0]/64] |= 1 << (w[0] % 64)
		t[w[1]/64] |= 1 << (w[1] % 64)
	}
	return t
}()

// common says whether a character is one of hanWords'.
func common(c rune) bool { return c < 0x10000 && hanFirst[c/64]&(1<<(c%64)) != 0 }

// backwards reads Chinese that runs from the last character to the first.
func (r *reader) backwards() {
	forth, back := 0, 0
	start, end := -1, 0
	var last rune
	size := 0
	for i, c := range r.text {
		if common(c) && common(last) {
			if hanWords[[2]rune{last, c}] {
				forth++
			}
			if hanWords[[2]rune{c, last}] {
				back++
				if start < 0 {
					start = i - size
				}
				end = i + utf8.RuneLen(c)
			}
		}
		last, size = c, utf8.RuneLen(c)
	}
	if back < 2 || back <= 2*forth {
		return
	}
	low, high := r.region(start, end)
	r.add("reversed", reverse(r.text[low:high]), low, high)
}
