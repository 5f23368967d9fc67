#pragma once
#include <bits/stdc++.h>
using namespace std;
struct Inst{ string name; int K,J,I,N,H; double growth; vector<vector<double>> F,U; vector<double> pop,w,plan; vector<vector<int>> S; 
 struct O{double t;int d; vector<int> s;}; vector<O> o; vector<vector<int>> h; double ref[5]; vector<double> osz; vector<double> hist; 
 vector<vector<int>> ord; // per dest nodes sorted by unit cost
 vector<double> Fm;
 vector<double> single; vector<double> act; vector<int> cl; vector<double> cp; vector<array<double,16>> Um,rank; };
inline Inst load(const string&n){ Inst x; x.name=n; ifstream f("/tmp/proto/"+n+".txt"); f>>x.K>>x.J>>x.I>>x.N>>x.H>>x.growth; 
 string line; getline(f,line); // rest of the header
 x.F.assign(x.K,vector<double>(x.J)); x.U=x.F; for(auto&r:x.F)for(auto&v:r)f>>v; for(auto&r:x.U)for(auto&v:r)f>>v; x.pop.resize(x.J);for(auto&v:x.pop)f>>v; x.w.resize(x.I);for(auto&v:x.w)f>>v;x.plan.resize(x.I);for(auto&v:x.plan)f>>v; x.S.assign(x.I,vector<int>(x.K));for(auto&r:x.S)for(auto&v:r)f>>v;
 x.o.resize(x.N);for(auto&o:x.o){int n;f>>o.t>>o.d>>n;o.s.resize(n);for(auto&s:o.s)f>>s;} x.h.resize(x.H);for(auto&o:x.h){int n;f>>n;o.resize(n);for(auto&s:o)f>>s;}
 ifstream r("/work/shared/data/routing/reference.csv"); string l; while(getline(r,l)){stringstream q(l);string c;getline(q,c,',');if(c==n){getline(q,c,',');getline(q,c,',');for(int i=0;i<5;i++){getline(q,c,',');x.ref[i]=stod(c);}}}
 x.osz.assign(x.I,0);x.hist.assign(x.I,0);x.single.assign(x.I,0); for(auto&o:x.h)for(int s:o){x.osz[s]+=o.size();x.hist[s]++; x.single[s]+=o.size()==1;}
 for(int i=0;i<x.I;i++){ if(x.hist[i]>0){x.osz[i]/=x.hist[i];x.single[i]/=x.hist[i];} else {x.osz[i]=4;x.single[i]=.2;} }
 double P=0;for(double p:x.pop)P+=p; for(auto&p:x.pop)p/=P;
 for(int j=0;j<x.J;j++){vector<int> v(x.K);iota(v.begin(),v.end(),0);sort(v.begin(),v.end(),[&](int a,int b){return x.U[a][j]<x.U[b][j]||(x.U[a][j]==x.U[b][j]&&a<b);});x.ord.push_back(v);} 
 x.Fm.assign(x.K,0);for(int k=0;k<x.K;k++){for(int j=0;j<x.J;j++)x.Fm[k]+=x.F[k][j];x.Fm[k]/=x.J;}
 return x;}
struct MaskInfo{ double share[16],dU[16],dF[16]; };
struct Cache{ vector<unique_ptr<MaskInfo>> m; Cache():m(1<<10){} 
 const MaskInfo& get(const Inst&x,int mask){ auto&p=m[mask]; if(!p){p=make_unique<MaskInfo>(); memset(p.get(),0,sizeof(MaskInfo)); 
   for(int j=0;j<x.J;j++){ int a=-1,b=-1; for(int k:x.ord[j])if(mask>>k&1){if(a<0)a=k;else{b=k;break;}} if(a<0)continue; p->share[a]+=x.pop[j]; if(b>=0){p->dU[a]+=x.pop[j]*(x.U[b][j]-x.U[a][j]);p->dF[a]+=x.pop[j]*(x.F[b][j]-x.F[a][j]);} }
   for(int k=0;k<x.K;k++) if(p->share[k]>0){p->dU[k]/=p->share[k];p->dF[k]/=p->share[k];} } return *p; } };
// exact decision: affine. mask enumerations
struct Decide{ 
 double best; int bestset; int K; int n; double fix[16]; double c[64][16]; int have[64];
 double mn[17][64];
 void rec(int k,int depth,int set,double f){ if(f>=best)return; if(k==K){ double s=f; for(int l=0;l<n;l++){ if(mn[depth][l]>1e17)return; s+=mn[depth][l];} if(s<best-1e-9){best=s;bestset=set;} return;}
  // bound: with all remaining nodes
  double s=f; for(int l=0;l<n;l++) s+=min(mn[depth][l],suf[k][l]); if(s>=best)return;
  double*a=mn[depth],*b=mn[depth+1]; bool any=false; for(int l=0;l<n;l++){b[l]=min(a[l],c[l][k]); any|=b[l]<a[l];}
  if(any) rec(k+1,depth+1,set|1<<k,f+fix[k]);
  // without
  memcpy(b,a,sizeof(double)*n); rec(k+1,depth+1,set,f); }
 double suf[17][64];
 double run(){ best=1e17;bestset=0; for(int l=0;l<n;l++){suf[K][l]=1e18;mn[0][l]=1e18;} for(int k=K-1;k>=0;k--)for(int l=0;l<n;l++)suf[k][l]=min(suf[k+1][l],c[l][k]); 
  // incumbents: single nodes
  for(int k=0;k<K;k++){double s=fix[k];for(int l=0;l<n;l++)s+=c[l][k]; if(s<best){best=s;bestset=1<<k;}}
  rec(0,0,0,0); return best; }
};
inline double ptail(double L,int s){ if(s<=0)return 1; double p=exp(-L),c=p; for(int i=1;i<s;i++){p*=L/i;c+=p;} return max(0.0,1-c);} 
