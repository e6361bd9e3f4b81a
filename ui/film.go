package ui

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"fix403/flows/outfile"
	"fix403/flows/story"
	"fix403/ui/kit"
	"fix403/ui/picture"
	"fix403/ui/shell"
)

// The size of the window in which a demo is filmed, and how long its end is seen.
const (
	filmWidth, filmHeight = 100, 28
	filmEnd               = 5 * time.Second
)

// inColour is an output that nobody sees, and that takes every colour.
type inColour struct{ io.Writer }

// ColorProfile is how many colours it takes.
func (inColour) ColorProfile() termenv.Profile { return termenv.TrueColor }

// due is a message when its time has come.
type due struct {
	at  time.Duration
	msg tea.Msg
}

// Export draws a demo into a file: an SVG that moves, or else an asciicast. It returns what was played.
func Export(ctx context.Context, o Options, file string) (*story.Story, error) {
	film, played, err := Film(ctx, o)
	if err != nil {
		return nil, err
	}
	text := film.Cast
	if filepath.Ext(file) == ".svg" {
		text = film.SVG
	}
	return played, outfile.File{Name: "--export", Path: file}.Write([]byte(text()), 0o644)
}

// Film plays a demo without a terminal, and without the time that it takes: what would be on the screen, and when. What was
// made is removed.
func Film(ctx context.Context, o Options) (*picture.Film, *story.Story, error) {
	if o.Theme != "light" {
		o.Theme = "dark" // nothing shows what the terminal's own colours are
	}
	nothing := func(string) string { return "" }
	t, _ := kit.NewTheme(inColour{io.Discard}, o.Printer, o.Theme, o.NoColor, o.ASCII, nothing)
	begin, now := time.Now(), time.Duration(0)
	w := newWizard(o, &shell.Env{
		Words: t.Words, Defaults: o.Story, Theme: t, Now: func() time.Time { return begin.Add(now) }, Getenv: nothing, Out: io.Discard,
		After: func(d time.Duration, msg tea.Msg) tea.Cmd { return func() tea.Msg { return due{d, msg} } },
		Work:  shell.NewWorker(ctx, time.Now), Send: func(tea.Msg) {},
	})
	d, err := w.play(o.Story, Demo{Speed: o.Demo.Speed})
	if err != nil {
		return nil, nil, err
	}
	d.Filmed = true
	if err := d.Tell(ctx); err != nil {
		return nil, nil, errors.Join(err, d.Story().Cleanup(context.WithoutCancel(ctx)))
	}
	film := &picture.Film{
		Title: o.Printer.T("From 403 to 200"), Paper: picture.Dark, Width: filmWidth, Height: filmHeight,
		About: o.Printer.T("A request runs along seven gates. Without a token, and with a damaged one, it stops with 401 at the gate identity; with a good one, with 403 at the gate role. The role is granted, and the same request gets 200."),
	}
	if o.Theme == "light" {
		film.Paper = picture.Light
	}
	w.Screen = d
	var coming []due
	var take func(tea.Cmd)
	take = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch m := cmd().(type) {
		case tea.BatchMsg:
			for _, cmd := range m {
				take(cmd)
			}
		case due:
			coming = append(coming, due{now + m.at, m.msg})
		}
	}
	draw := func(msg tea.Msg) {
		_, cmd := w.Update(msg)
		take(cmd)
		film.Frames = append(film.Frames, picture.Frame{At: now, Lines: strings.Split(w.View(), "\n")})
	}
	take(w.Init())
	draw(tea.WindowSizeMsg{Width: filmWidth, Height: filmHeight})
	for len(coming) > 0 {
		first := 0
		for i := range coming {
			if coming[i].at < coming[first].at {
				first = i
			}
		}
		next := coming[first]
		coming, now = append(coming[:first], coming[first+1:]...), next.at
		draw(next.msg)
		if d.Stopped() {
			film.Still = now
		}
	}
	film.End = now + filmEnd
	return film, d.Story(), nil
}
