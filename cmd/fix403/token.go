package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"fix403/cmd/fix403/flags"
	"fix403/flows/report"
	"fix403/keycloak/foreign"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// tokenOptions are those of token.
type tokenOptions struct {
	flags.Output
	files []string // none is stdin
}

func (a *app) tokenCommand(run func(context.Context, *tokenOptions) error) *cobra.Command {
	o := &tokenOptions{}
	cmd := &cobra.Command{
		Use:   "token [FILE [FILE]]",
		Short: "Decode an access token (owner, expiry, roles), or compare two",
		Long: `Decodes an access token from a file or stdin (-): who got it, when it expires, which roles it holds. For two files
it shows the differences. The signature is not checked, and the token itself is never printed.

With --json it prints one object:
  {"type": "Bearer", "algorithm": "RS256", "key_id": "…", "issuer": "…/realms/r", "realm": "r", "client": "svc",
   "username": "service-account-svc", "subject": "…", "audience": ["account"], "scope": ["email", "profile"],
   "issued_at": "…", "expires_at": "…", "expired": false, "realm_roles": [], "client_roles": {"realm-management": ["view-users"]}}
and for two {"before": {…}, "after": {…}, "added_roles": ["realm-management/view-users"], "removed_roles": [], "changed_claims": ["aud"]}.`,
		Args: flags.AtMost(2),
		RunE: a.command(func(cmd *cobra.Command, files []string) error {
			o.files = files
			return run(cmd.Context(), o)
		}),
	}
	o.AddJSONFlag(cmd.Flags())
	return cmd
}

func (a *app) token(ctx context.Context, o *tokenOptions) error {
	files := o.files
	if len(files) == 0 {
		files = []string{"-"}
	}
	var known wire.Recorder
	for _, name := range []string{"FIX403_ADMIN_PASSWORD", "FIX403_ADMIN_CLIENT_SECRET", "FIX403_ADMIN_TOKEN", "FIX403_CLIENT_SECRET", "FIX403_USER_PASSWORD"} {
		known.Hide(wire.NewSecret(a.getenv(name)))
	}
	var tokens []*token.Token
	for _, f := range files {
		t, err := a.readToken(ctx, f)
		if err != nil {
			return known.MaskError(err)
		}
		tokens = append(tokens, wire.MaskAll(&known, t))
	}
	return a.showTokens(tokens, o.JSON)
}

// readToken reads a token, or the answer of a token endpoint with an access_token in it.
func (a *app) readToken(ctx context.Context, path string) (*token.Token, error) {
	text, err := a.readInput(ctx, path, "the token", 1<<20)
	if err != nil {
		return nil, err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(text, &answer) == nil && answer.AccessToken != "" {
		return token.Decode(answer.AccessToken)
	}
	return token.Decode(string(text))
}

func (a *app) showTokens(tokens []*token.Token, asJSON bool) error {
	if len(tokens) == 1 {
		doc := report.Token(tokens[0])
		if asJSON {
			return a.writeJSON(doc)
		}
		a.lines().Token(doc)
		return nil
	}
	diff := report.TokenDifference(tokens[0], tokens[1])
	if asJSON {
		return a.writeJSON(diff)
	}
	a.lines().TokenDifference(diff)
	return nil
}

func (a *app) writeJSON(v any) error {
	text, err := foreign.JSON(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.streams.out, string(text))
	return err
}
