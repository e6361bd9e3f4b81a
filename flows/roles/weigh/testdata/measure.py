#!/usr/bin/env python3
import json,sys,urllib.request,urllib.parse,itertools,time
KC=sys.argv[1]; only=[]; PW=sys.argv[3] if sys.argv[3:] else 'admin'
def req(method,url,tok=None,body=None,ct='application/json',form=None):
    data=None; h={}
    if form is not None: data=urllib.parse.urlencode(form).encode()
    elif body is not None: data=(json.dumps(body) if not isinstance(body,str) else body).encode(); h['Content-Type']=ct
    if tok: h['Authorization']='Bearer '+tok
    r=urllib.request.Request(KC+url,data=data,headers=h,method=method)
    try:
        with urllib.request.urlopen(r) as x: return x.status,x.read().decode(),x.headers
    except urllib.error.HTTPError as e: return e.code,e.read().decode(),e.headers
at=[None,0]
def adm():
    if time.time()-at[1]>30:
        s,b,_=req('POST','/realms/master/protocol/openid-connect/token',form=dict(grant_type='password',client_id='admin-cli',username='admin',password=PW))
        at[0]=json.loads(b)['access_token'];at[1]=time.time()
    return at[0]
def A(m,p,b=None):
    s,t,h=req(m,'/admin/realms'+p,adm(),b)
    if s>=400: raise Exception(f'{m} {p} {s} {t}')
    if h.get('Location') and m=='POST': return h['Location'].rsplit('/',1)[1]
    return json.loads(t) if t else None
R='unsent-m'
try: A('DELETE','/'+R)
except Exception: pass
info=json.loads(req('GET','/admin/serverinfo',adm())[1]); V=info['systemInfo']['version']
A('POST','',{'realm':R,'enabled':True,'sslRequired':'none',**({'organizationsEnabled':True} if V>='26' else {})})
RM=A('GET',f'/{R}/clients?clientId=realm-management')[0]['id']
rmroles={r['name']:r for r in A('GET',f'/{R}/clients/{RM}/roles')}
n=itertools.count();names={};heldby={}
callers={}
def caller(roles):
    k='+'.join(sorted(roles)) or 'none'
    if k not in callers:
        cid='c-'+str(next(n))
        u=A('POST',f'/{R}/clients',{'clientId':cid,'secret':'s','serviceAccountsEnabled':True,'publicClient':False,'standardFlowEnabled':False})
        sa=A('GET',f'/{R}/clients/{u}/service-account-user')['id']
        if roles: A('POST',f'/{R}/users/{sa}/role-mappings/clients/{RM}',[rmroles[r] for r in roles])
        callers[k]=[cid,None,0,sa]
    c=callers[k]
    if time.time()-c[2]>100:
        s,b,_=req('POST',f'/realms/{R}/protocol/openid-connect/token',form=dict(grant_type='client_credentials',client_id=c[0],client_secret='s'))
        c[1]=json.loads(b)['access_token'];c[2]=time.time()
    return c[1]
def user(roles=(),realmroles=(),groups=()):
    i=A('POST',f'/{R}/users',{'username':'usr-'+str(next(n)),'enabled':True,'email':f'u{next(n)}@example.com'})
    if roles: A('POST',f'/{R}/users/{i}/role-mappings/clients/{RM}',[rmroles[r] for r in roles]); heldby[i]=sorted(x['name'] for x in A('GET',f'/{R}/users/{i}/role-mappings/clients/{RM}/composite'))
    for g in groups: A('PUT',f'/{R}/users/{i}/groups/{g}',{})
    return i
def group(roles=()):
    g=A('POST',f'/{R}/groups',{'name':'g'+str(next(n))})
    if roles: A('POST',f'/{R}/groups/{g}/role-mappings/clients/{RM}',[rmroles[r] for r in roles])
    return g
def client(**k): return A('POST',f'/{R}/clients',{'clientId':'k'+str(next(n)),**k})
def realmrole(comp=()):
    nm='r'+str(next(n)); A('POST',f'/{R}/roles',{'name':nm})
    if comp: A('POST',f'/{R}/roles/{nm}/composites',list(comp))
    return A('GET',f'/{R}/roles/{nm}')
def clientrole(k,comp=()):
    nm='r'+str(next(n)); A('POST',f'/{R}/clients/{k}/roles',{'name':nm})
    if comp: A('POST',f'/{R}/clients/{k}/roles/{nm}/composites',list(comp))
    return A('GET',f'/{R}/clients/{k}/roles/{nm}')
singles=sorted(rmroles)
out={}
def test(name,make,sets=None,extra=(),ct='application/json'):
    if only and not any(name.startswith(o) for o in only): return
    res={};m=p='';b=None
    for s in (sets if sets is not None else [()]+[(x,) for x in singles])+list(extra):
        if any(r not in rmroles for r in s): continue
        try: m,p,b=make()
        except Exception as e: print('  setup',name,e); return
        st,t,h=req(m,f'/admin/realms/{R}'+p if not p.startswith('!') else p[1:],caller(s),b,ct)
        res['+'.join(s) or 'none']=(st,t[:100] if st not in(403,) or 'HTTP 403' not in t else '')
    kc={RM:'realm-management',**{i:c for i,c in names.items()}}
    p=p if res else ''
    seg=p.split('?')[0].split('/')
    cl=next((kc.get(x,'other') for a,x in zip(seg,seg[1:]) if a=='clients'),'')
    rl={x['id']:[x['name'],'realm-management' if x.get('containerId')==RM else 'other' if x.get('clientRole') else ''] for x in b if isinstance(x,dict) and 'id' in x and 'containerId' in x} if isinstance(b,list) else {}
    rec={'call':m+' '+(f'/admin/realms/{R}'+p if not p.startswith('!') else p[1:]),'body':b if isinstance(b,str) or b is None else json.dumps(b),'type':ct if b is not None else '','client':cl,'roles':rl,'held':heldby.get(seg[2] if len(seg)>2 else '',[])}
    by={}
    for k,(st,t) in res.items(): by.setdefault(str(st),[]).append(k)
    if res: out[name]={**rec,'answers':by}
    if '-v' not in sys.argv: return
    print(f'## {name}')
    for st in sorted(by):
        l=by[st]; ms={res[k][1] for k in l} if not st.startswith('2') else set()
        print(f'   {st}: {" ".join(l) if len(l)<14 else str(len(l))+" others"} {[x for x in ms if x][:2]}')
P=lambda *a:[tuple(sorted(x)) for x in a]
k0=client(); kr0=clientrole(k0); rr0=realmrole(); org=None
if V>='26': org=A('POST',f'/{R}/organizations',{'name':'acme','domains':[{'name':'acme.org'}]})
MU='manage-users';MC='manage-clients';MR='manage-realm';VC='view-clients';VU='view-users';VR='view-realm';QG='query-groups'
# 1 mapping
def mapc(roles,target=user,verb='POST',kind='users'):
    return lambda:(verb,f'/{kind}/{target()}/role-mappings/clients/{RM}',[rmroles[r] for r in roles if r in rmroles])
for r in singles:
    test('map:'+r,mapc([r]),sets=P((MU,)),extra=[(MU,x) if MU!=x else (MU,) for x in singles if x!=MU])
test('map-two:view-users,view-clients',mapc([VU,VC]),sets=P((MU,),(MU,VC)))
test('map-group:realm-admin',mapc(['realm-admin'],group,kind='groups'),sets=P((MU,),('realm-admin',),(MU,VC)))
test('map-group:view-users',mapc([VU],group,kind='groups'),sets=P((MU,),('realm-admin',)))
test('unmap:realm-admin',mapc(['realm-admin'],lambda:user(['realm-admin']),'DELETE'),sets=P((MU,),('realm-admin',)))
test('unmap:view-users',mapc([VU],lambda:user([VU]),'DELETE'),sets=P((MU,),('realm-admin',)))
test('unmap-nobody',lambda:('DELETE',f'/users/{user(["realm-admin"])}/role-mappings/clients/{RM}',None),sets=P((MU,),('realm-admin',)))
test('map:client-role',lambda:('POST',f'/users/{user()}/role-mappings/clients/{k0}',[kr0]))
test('map:realm-role',lambda:('POST',f'/users/{user()}/role-mappings/realm',[rr0]))
bossr=realmrole([rmroles['realm-admin']]); vur=realmrole([rmroles[VU]]); bossk=clientrole(k0,[rmroles['realm-admin']])
test('map:realm-role-with-realm-admin',lambda:('POST',f'/users/{user()}/role-mappings/realm',[bossr]),sets=P((MU,),('realm-admin',),(MU,MR),(MU,MC)))
test('map:realm-role-with-view-users',lambda:('POST',f'/users/{user()}/role-mappings/realm',[vur]),sets=P((MU,)))
test('map:client-role-with-realm-admin',lambda:('POST',f'/users/{user()}/role-mappings/clients/{k0}',[bossk]),sets=P((MU,),('realm-admin',)))
test('map:own-realm-role-named-admin',lambda:('POST',f'/users/{user()}/role-mappings/realm',[(lambda nm:(A('POST',f'/{R}/roles',{'name':nm}) if not any(r['name']==nm for r in A('GET',f'/{R}/roles')) else 0,A('GET',f'/{R}/roles/{nm}'))[1])('realm-admin')]),sets=P((MU,)))
test('map:empty',lambda:('POST',f'/users/{user()}/role-mappings/clients/{RM}',[]),sets=P((),(MU,),(VU,)))
test('map:name-only',lambda:('POST',f'/users/{user()}/role-mappings/clients/{RM}',[{'name':'realm-admin'}]),sets=P((),(MU,),('realm-admin',)))
# 2 composites
test('composite-realm:of-realm-role',lambda:('POST',f'/roles/{realmrole()["name"]}/composites',[rr0]))
test('composite-realm:of-client-role',lambda:('POST',f'/roles/{realmrole()["name"]}/composites',[kr0]),extra=P((MR,MC),(MR,VC)))
for r in singles: test('composite-realm:of-'+r,lambda:('POST',f'/roles/{realmrole()["name"]}/composites',[rmroles[r]]),sets=P((MR,),('realm-admin',),(MR,MC),(MR,MU),(MR,VU),(MR,r),(MR,MC,r)))
test('composite-client:of-client-role',lambda:('POST',f'/clients/{k0}/roles/{clientrole(k0)["name"]}/composites',[kr0]))
test('composite-client:of-realm-role',lambda:('POST',f'/clients/{k0}/roles/{clientrole(k0)["name"]}/composites',[rr0]),extra=P((MR,MC),(VR,MC)))
test('composite-client:of-view-users',lambda:('POST',f'/clients/{k0}/roles/{clientrole(k0)["name"]}/composites',[rmroles[VU]]),sets=P((MC,),('realm-admin',),(MR,MC),(MC,VU),(MC,MU)))
test('composite-by-id:of-client-role',lambda:('POST',f'/roles-by-id/{realmrole()["id"]}/composites',[kr0]),extra=P((MR,MC)))
test('composite-by-id:of-realm-role',lambda:('POST',f'/roles-by-id/{realmrole()["id"]}/composites',[rr0]))
test('decompose:realm-admin',lambda:('DELETE',f'/roles/{realmrole([rmroles["realm-admin"]])["name"]}/composites',[rmroles['realm-admin']]),sets=P((MR,),('realm-admin',)))
test('decompose:client-role',lambda:('DELETE',f'/roles/{realmrole([kr0])["name"]}/composites',[kr0]),extra=P((MR,MC)))
test('new-role:plain',lambda:('POST','/roles',{'name':'x'+str(next(n))}))
test('new-role:with-composites-realm',lambda:('POST','/roles',{'name':'x'+str(next(n)),'composite':True,'composites':{'realm':[rr0['name']]}}),extra=P((MR,MC)))
test('new-role:with-composites-client',lambda:('POST','/roles',{'name':'x'+str(next(n)),'composite':True,'composites':{'client':{A('GET',f'/{R}/clients/{k0}')['clientId']:[kr0['name']]}}}),extra=P((MR,MC)))
test('new-role:with-composites-admin',lambda:('POST','/roles',{'name':'x'+str(next(n)),'composite':True,'composites':{'client':{'realm-management':['realm-admin']}}}),extra=P((MR,MC)))
test('roles-of-rm:new',lambda:('POST',f'/clients/{RM}/roles',{'name':'x'+str(next(n))}),sets=P((MC,),('realm-admin',)))
def rmr():
    nm='x'+str(next(n)); 
    try: A('POST',f'/{R}/clients/{RM}/roles',{'name':nm})
    except Exception: nm='query-realms'
    return nm
test('roles-of-rm:put',lambda:('PUT',f'/clients/{RM}/roles/{VU}',{**rmroles[VU],'description':'d'}),sets=P((MC,),('realm-admin',)))
# 3 export / import
for q in ('','?exportClients=false','?exportClients=true','?exportGroupsAndRoles=true','?exportClients=true&exportGroupsAndRoles=true','?exportClients=TRUE','?exportClients=1'):
    test('export'+q,lambda:('POST','/partial-export'+q,None),extra=P((MR,VC),(MR,MC),(MR,VU),(MR,QG),(MR,'query-users'),(MR,MU),(MR,VC,VU),(MR,VC,QG),(MR,'query-clients')))
test('import:empty',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP'}))
test('import:users',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','users':[{'username':'i'+str(next(n))}]}),extra=P((MR,MU),(MR,VU)))
test('import:clients',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','clients':[{'clientId':'i'+str(next(n))}]}),extra=P((MR,MC)))
test('import:groups',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','groups':[{'name':'i'+str(next(n)),'path':'/x'}]}),extra=P((MR,MU)))
test('import:roles',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','roles':{'realm':[{'name':'i'+str(next(n))}]}}),extra=P((MR,MC)))
test('import:client-roles',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','roles':{'client':{A('GET',f'/{R}/clients/{k0}')['clientId']:[{'name':'i'+str(next(n))}]}}}),extra=P((MR,MC)))
test('import:idps',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','identityProviders':[{'alias':'i'+str(next(n)),'providerId':'oidc','config':{'clientId':'x','authorizationUrl':'http://x','tokenUrl':'http://x'}}]}),extra=P((MR,'manage-identity-providers')))
test('import:user-realm-admin',lambda:('POST','/partialImport',{'ifResourceExists':'SKIP','users':[{'username':'i'+str(next(n)),'clientRoles':{'realm-management':['realm-admin']}}]}),extra=P((MR,MU),(MR,MU,'realm-admin')))
# 4 users
g0=group(); gb=group(['realm-admin']); 
gp=lambda g:A('GET',f'/{R}/groups/{g}')['path']
def nu(**k): return lambda:('POST','/users',{'username':'x'+str(next(n)),'enabled':True,**k})
test('new-user:plain',nu(),extra=P(('query-users','query-groups'),))
test('new-user:groups',nu(groups=[gp(g0)]),extra=P((MU,QG),('query-users','query-groups')))
test('new-user:admin-group',nu(groups=[gp(gb)]),sets=P((MU,),('realm-admin',)))
test('new-user:no-such-group',nu(groups=['/nope']),sets=P((),(MU,),('realm-admin',)))
test('new-user:credentials',nu(credentials=[{'type':'password','value':'abcdefgh'}]),sets=P((MU,),('realm-admin',)))
test('new-user:realmRoles',nu(realmRoles=[rr0['name']]),sets=P((MU,),('realm-admin',)))
test('new-user:clientRoles-admin',nu(clientRoles={'realm-management':['realm-admin']}),sets=P((MU,),('realm-admin',)))
test('new-user:federatedIdentities',nu(federatedIdentities=[{'identityProvider':'x','userId':'1','userName':'1'}]),sets=P((MU,),('realm-admin',)))
test('new-user:fields',nu(attributes={'a':['b']},requiredActions=['UPDATE_PASSWORD'],emailVerified=True),sets=P((MU,),))
test('new-user:service-account-of',nu(serviceAccountClientId='x'),sets=P((MU,),('realm-admin',)))
test('put-user:admin',lambda:('PUT',f'/users/{user(["realm-admin"])}',{'firstName':'x'}),sets=P((MU,),('realm-admin',)))
test('put-user:groups',lambda:('PUT',f'/users/{user()}',{'groups':[gp(gb)]}),sets=P((MU,),('realm-admin',)))
test('put-user:plain',lambda:('PUT',f'/users/{user()}',{'firstName':'x'}),sets=P((MU,),('realm-admin',)))
test('reset-password:plain',lambda:('PUT',f'/users/{user()}/reset-password',{'type':'password','value':'abcdefgh','temporary':False}))
test('reset-password:admin',lambda:('PUT',f'/users/{user(["realm-admin"])}/reset-password',{'type':'password','value':'abcdefgh','temporary':False}),sets=P((MU,),('realm-admin',)))
test('delete-user:admin',lambda:('DELETE',f'/users/{user(["realm-admin"])}',None),sets=P((MU,),('realm-admin',)))
test('logout-user:admin',lambda:('POST',f'/users/{user(["realm-admin"])}/logout',None),sets=P((MU,),('realm-admin',)))
test('join:plain',lambda:('PUT',f'/users/{user()}/groups/{g0}',None))
test('join:admin-group',lambda:('PUT',f'/users/{user()}/groups/{gb}',None),sets=P((MU,),('realm-admin',)))
test('leave:admin-group',lambda:('DELETE',f'/users/{user(groups=[gb])}/groups/{gb}',None),sets=P((MU,),('realm-admin',)))
test('impersonate:plain',lambda:('POST',f'/users/{user()}/impersonation',{}),sets=P(('impersonation',),(MU,),('realm-admin',)))
test('impersonate:view-users',lambda:('POST',f'/users/{user([VU])}/impersonation',{}),sets=P(('impersonation',),('impersonation',MU),('impersonation',VU),('realm-admin',)))
test('impersonate:admin',lambda:('POST',f'/users/{user(["realm-admin"])}/impersonation',{}),sets=P(('impersonation',),('impersonation',MU),('realm-admin',)))
test('actions-mail',lambda:('PUT',f'/users/{user()}/execute-actions-email',['UPDATE_PASSWORD']),sets=P((MU,),(VU,)))
test('actions-mail:client',lambda:('PUT',f'/users/{user()}/execute-actions-email?client_id=account&redirect_uri=http://x',['UPDATE_PASSWORD']),sets=P((MU,),(VU,)))
test('actions-mail:admin',lambda:('PUT',f'/users/{user(["realm-admin"])}/execute-actions-email',['UPDATE_PASSWORD']),sets=P((MU,),(VU,)))
test('federated-identity',lambda:('POST',f'/users/{user()}/federated-identity/nope',{'userId':'1','userName':'1'}),sets=P((MU,),(VU,)))
# 5 groups
test('group:children',lambda:('POST',f'/groups/{group()}/children',{'name':'x'+str(next(n))}))
test('group:move',lambda:('POST',f'/groups/{group()}/children',(lambda g:{'id':g,'name':A('GET',f'/{R}/groups/{g}')['name']})(group())))
test('group:move-admin',lambda:('POST',f'/groups/{group()}/children',(lambda g:{'id':g,'name':A('GET',f'/{R}/groups/{g}')['name']})(group(['realm-admin']))),sets=P((MU,),('realm-admin',)))
test('group:move-below-admin',lambda:('POST',f'/groups/{gb}/children',(lambda g:{'id':g,'name':A('GET',f'/{R}/groups/{g}')['name']})(group())),sets=P((MU,),('realm-admin',)))
test('group:new-with-roles',lambda:('POST','/groups',{'name':'x'+str(next(n)),'clientRoles':{'realm-management':['realm-admin']}}),sets=P((MU,),('realm-admin',)))
test('group:put-admin',lambda:('PUT',f'/groups/{gb}',{'name':'gbx'}),sets=P((MU,),('realm-admin',)))
test('default-group',lambda:('PUT',f'/default-groups/{group()}',None),extra=P((MR,VU),(MR,MU),(MR,QG)))
# 6 clients
def nc(**k): return lambda:('POST','/clients',{'clientId':'x'+str(next(n)),**k})
for nm,k in (('plain',{}),('service-account',dict(serviceAccountsEnabled=True)),('authz',dict(serviceAccountsEnabled=True,authorizationServicesEnabled=True)),('authz-settings',dict(serviceAccountsEnabled=True,authorizationServicesEnabled=True,authorizationSettings={'resources':[{'name':'r'}]})),
  ('mappers',dict(protocolMappers=[{'name':'m','protocol':'openid-connect','protocolMapper':'oidc-hardcoded-claim-mapper','config':{'claim.name':'a','claim.value':'b'}}])),('role-mapper',dict(protocolMappers=[{'name':'m','protocol':'openid-connect','protocolMapper':'oidc-hardcoded-role-mapper','config':{'role':'realm-management.realm-admin'}}])),
  ('full-scope',dict(fullScopeAllowed=True)),('default-roles',dict(defaultRoles=['a'])),('default-scopes',dict(defaultClientScopes=['profile']))):
    test('new-client:'+nm,nc(**k),extra=P((MC,'manage-authorization'),(MC,MR),(MC,MU)),sets=None if nm in('plain','authz','authz-settings','role-mapper') else P((MC,),('create-client',),('realm-admin',)))
test('put-client:rm',lambda:('PUT',f'/clients/{RM}',{'clientId':'realm-management','description':'x'}),sets=P((MC,),('realm-admin',)))
for cid in ('account','admin-cli','broker','security-admin-console','account-console'):
    test('put-client:'+cid,lambda:('PUT',f'/clients/{A("GET",f"/{R}/clients?clientId={cid}")[0]["id"]}',{'clientId':cid,'description':'x'}),sets=P((MC,),('realm-admin',)))
test('put-client:authz-on',lambda:('PUT',f'/clients/{client()}',{'serviceAccountsEnabled':True,'authorizationServicesEnabled':True,'publicClient':False}),sets=P((MC,),(MC,'manage-authorization'),('realm-admin',)))
test('put-client:service-account',lambda:('PUT',f'/clients/{client()}',{'serviceAccountsEnabled':True,'publicClient':False}),sets=P((MC,),('realm-admin',)))
test('scope-map:client-role',lambda:('POST',f'/clients/{client()}/scope-mappings/clients/{k0}',[kr0]))
test('scope-map:realm-admin',lambda:('POST',f'/clients/{client()}/scope-mappings/clients/{RM}',[rmroles['realm-admin']]),sets=P((MC,),('realm-admin',),(MC,MR)))
test('scope-map:view-users',lambda:('POST',f'/clients/{client()}/scope-mappings/clients/{RM}',[rmroles[VU]]),sets=P((MC,),('realm-admin',),(MC,VU),(MC,MU)))
test('scope-map:realm-role',lambda:('POST',f'/clients/{client()}/scope-mappings/realm',[rr0]),extra=P((MC,MR),(MC,VR)))
test('mapper:hardcoded-role',lambda:('POST',f'/clients/{client()}/protocol-mappers/models',{'name':'m','protocol':'openid-connect','protocolMapper':'oidc-hardcoded-role-mapper','config':{'role':'realm-management.realm-admin'}}),extra=P((MC,MR)))
test('new-client-scope:mappers',lambda:('POST','/client-scopes',{'name':'x'+str(next(n)),'protocol':'openid-connect','protocolMappers':[{'name':'m','protocol':'openid-connect','protocolMapper':'oidc-hardcoded-role-mapper','config':{'role':'realm-management.realm-admin'}}]}),sets=P((MC,),(MC,MR),('realm-admin',)))
# 7 idp
IP='manage-identity-providers'
def idp():
    a='i'+str(next(n)); A('POST',f'/{R}/identity-provider/instances',{'alias':a,'providerId':'oidc','config':{'clientId':'x','authorizationUrl':'http://x','tokenUrl':'http://x'}}); return a
test('idp:new',lambda:('POST','/identity-provider/instances',{'alias':'i'+str(next(n)),'providerId':'oidc','config':{'clientId':'x','authorizationUrl':'http://x','tokenUrl':'http://x'}}))
test('idp:role-mapper',lambda:('POST',f'/identity-provider/instances/{(lambda a:a)(idp())}/mappers',{'name':'m','identityProviderMapper':'oidc-hardcoded-role-idp-mapper','identityProviderAlias':'x','config':{'syncMode':'INHERIT','role':'realm-management.realm-admin'}}),sets=P((IP,),('realm-admin',),(IP,MR),(IP,MU)))
test('idp:group-mapper',lambda:('POST',f'/identity-provider/instances/{idp()}/mappers',{'name':'m','identityProviderMapper':'oidc-hardcoded-group-idp-mapper','identityProviderAlias':'x','config':{'syncMode':'INHERIT','group':gp(gb)}}),sets=P((IP,),('realm-admin',)))
test('idp:import-config',lambda:('POST','/identity-provider/import-config',{'providerId':'oidc','fromUrl':'http://127.0.0.1:1/x'}),sets=P((IP,),(),(VR,)))
# 8 orgs
if org:
    test('org:member',lambda:('POST',f'/organizations/{org}/members',user()),extra=P(('manage-organizations',MU),('manage-organizations',VU),(MR,MU),(MR,VU)))
    test('org:invite-existing',lambda:('POST',f'/organizations/{org}/members/invite-existing-user',None),sets=P(('manage-organizations',)))
    test('org:new',lambda:('POST','/organizations',{'name':'o'+str(next(n)),'domains':[{'name':f'o{next(n)}.org'}]}))
    test('org:idp',lambda:('POST',f'/organizations/{org}/identity-providers',idp()),extra=P(('manage-organizations',IP),('manage-organizations','view-identity-providers'),(MR,IP)))
# 9 realm
test('realm:put',lambda:('PUT','',{'displayName':'x'}))
test('realm:put-events',lambda:('PUT','',{'eventsEnabled':True}),sets=P((MR,),('realm-admin',)))
test('realm:put-default-role',lambda:('PUT','',{'defaultRole':{'name':'x'}}),sets=P((MR,),('realm-admin',)))
test('realm:new',lambda:('POST','!/admin/realms',{'realm':'unsent-x','enabled':True}),sets=P((),('realm-admin',)))
test('component',lambda:('POST','/components',{'name':'x','providerId':'rsa-generated','providerType':'org.keycloak.keys.KeyProvider','config':{}}))
test('ct:form',lambda:('POST','/users','username=x'),sets=P((),(MU,)),ct='application/x-www-form-urlencoded')
test('ct:none',lambda:('POST','/users',None),sets=P((),(MU,)))
test('ct:text',lambda:('POST','/users','{"username":"x1"}'),sets=P((),(MU,)),ct='text/plain')
test('ct:bad-json',lambda:('POST','/users','{nope'),sets=P((),(MU,)))
test('ct:unknown-field',lambda:('POST','/users',{'username':'y','nope':1}),sets=P((),(MU,)))
test('ct:no-username',lambda:('POST','/users',{'enabled':True}),sets=P((),(MU,)))
test('ct:taken',lambda:('POST','/users',{'username':A('GET',f'/{R}/users?max=1')[0]['username']}),sets=P((),(MU,)))
test('default-group:admin',lambda:('PUT',f'/default-groups/{group(["realm-admin"])}',None),sets=P((MR,),('realm-admin',),(MR,MU)))
test('realm:put-default-groups',lambda:('PUT','',{'defaultGroups':[gp(g0)]}),sets=P((MR,),('realm-admin',)))
test('default-roles:realm-admin',lambda:('POST',f'/roles/default-roles-{R}/composites',[rmroles['realm-admin']]),sets=P((MR,),('realm-admin',)))
if not only: json.dump({'version':V,'out':out},open(sys.argv[2] if sys.argv[2:] else V+'.json','w'),indent=0,sort_keys=True)
A('DELETE','/'+R)
