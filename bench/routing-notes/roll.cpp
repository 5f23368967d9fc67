#include "sim.h"
// ADP: learn A_ik, D_ik by simulating history scenarios, then price = tail(L)*(value)
struct Tab{ vector<array<double,16>> A,D,n; };
const int NP=12;
// p: 0 share,1 use,2 dU,3 dF,4 Fm  5: weight of A in L, 6: weight of D in value, 7: pow
struct Pol{ const double*p; const Tab*T; };
static double price(const Inst&x,Cache&C,const Pol&P,int i,int k,int mask,double t,const vector<double>&use,const vector<int>&stock){
  if((mask&(mask-1))==0) return 0; const double*p=P.p; const MaskInfo&m=C.get(x,mask); double us=0; for(int q=0;q<x.K;q++)if(mask>>q&1)us+=use[q];
  double L=x.plan[i]*(1-t)*(p[0]*m.share[k]+p[1]*use[k]/us); 
  double val=p[2]*x.w[i]*m.dU[k]+p[3]*m.dF[k]+p[4]*x.Fm[k];
  if(P.T){ double n=P.T->n[i][k], sh=n/(n+p[8]); double A=P.T->A[i][k]*(1-t); L=(1-p[5])*L+p[5]*A; double w=p[6]*sh; val=(1-w)*val*p[9]+w*p[7]*P.T->D[i][k]; }
  return ptail(max(L,1e-9),stock[k])*val; }
double solve(const Inst&x,Decide&D){return D.run();}
double simulate(const Inst&x,const Pol*P,const vector<Inst::O>&O,Tab*out,double tscale=0){ Cache C; vector<vector<int>> S=x.S; vector<double> use(x.K,20); Decide D; D.K=x.K; double tot=0; vector<int> ln;
 for(auto&o:O){ ln.clear(); for(int s:o.s){ for(int k=0;k<x.K;k++) if(S[s][k]>0){ln.push_back(s);break;} } if(ln.empty())continue; D.n=ln.size(); for(int k=0;k<x.K;k++)D.fix[k]=x.F[k][o.d];
  for(int l=0;l<D.n;l++){ int i=ln[l],mask=0; for(int k=0;k<x.K;k++)if(S[i][k]>0)mask|=1<<k; for(int k=0;k<x.K;k++){ if(!(mask>>k&1)){D.c[l][k]=1e18;continue;} D.c[l][k]=x.U[k][o.d]*x.w[i]+(P?price(x,C,*P,i,k,mask,o.t,use,S[i]):0);} }
  double base=D.run(); int set=D.bestset; int used=0; int ch[64]; for(int l=0;l<D.n;l++){int b=-1;for(int k=0;k<x.K;k++)if(set>>k&1)if(b<0||D.c[l][k]<D.c[l][b])b=k; ch[l]=b;}
  if(out) for(int l=0;l<D.n;l++){ int i=ln[l]; for(int k=0;k<x.K;k++) if(x.S[i][k]>0){ double keep=D.c[l][k]; 
     if(ch[l]==k){ D.c[l][k]=1e18; double w=D.run(); D.c[l][k]=keep; double pr=keep-x.U[k][o.d]*x.w[i]; if(w<1e16){ out->A[i][k]+=1; out->n[i][k]+=1; out->D[i][k]+=w-base+pr; } else {out->A[i][k]+=1;} }
     else if(S[i][k]==0){ D.c[l][k]=x.U[k][o.d]*x.w[i]; double w=D.run(); D.c[l][k]=keep; if(w<base-1e-9 ){ out->A[i][k]+=1;out->n[i][k]+=1;out->D[i][k]+=base-w; } } } }
  for(int l=0;l<D.n;l++){int b=ch[l]; tot+=x.U[b][o.d]*x.w[ln[l]]; S[ln[l]][b]--; used|=1<<b;}
  for(int k=0;k<x.K;k++)if(used>>k&1){tot+=x.F[k][o.d];use[k]+=1;} }
 return tot; }
vector<Inst::O> scenario(const Inst&x,mt19937&R){ vector<Inst::O> v; discrete_distribution<int> d(x.pop.begin(),x.pop.end()); int n=lround(x.H*x.growth); uniform_real_distribution<double> U(0,1); 
  // without replacement as far as it goes
  vector<int> ix(x.H); iota(ix.begin(),ix.end(),0); shuffle(ix.begin(),ix.end(),R); for(int a=0;a<n;a++){v.push_back({U(R),d(R),x.h[ix[a%x.H]]});} sort(v.begin(),v.end(),[](auto&a,auto&b){return a.t<b.t;}); return v; }
Tab learn(const Inst&x,const Pol*P,int N,int seed){ Tab T; array<double,16> z; z.fill(0); T.A.assign(x.I,z);T.D=T.A;T.n=T.A; mt19937 R(seed); for(int a=0;a<N;a++){auto s=scenario(x,R); simulate(x,P,s,&T);} for(int i=0;i<x.I;i++)for(int k=0;k<x.K;k++){ if(T.n[i][k]>0)T.D[i][k]/=T.n[i][k]; T.A[i][k]/=N; T.n[i][k]/=N; } return T; }
int main(int argc,char**argv){ vector<Inst> X; for(string f:{"L10-js","L10-usps","L20-js","L20-usps"})for(int e=1;e<=4;e++)X.push_back(load(f+"-e"+to_string(e)));
 int N=atoi(argv[1]); double cf[NP]={0.3,0.7,0.5,0.3,0.4,0,0,0,1,1}; Pol base{cf,nullptr};
 vector<Tab> T(16); 
 auto a0=chrono::steady_clock::now(); for(int q=0;q<16;q++)T[q]=learn(X[q],&base,N,1); printf("learn %.1fs\n",chrono::duration<double>(chrono::steady_clock::now()-a0).count());
 // mean value compare
 for(int q=0;q<16;q+=4){double sa=0,sl=0,n=0,sd=0,sv=0; Cache C; for(int i=0;i<X[q].I;i++){int mask=0;for(int k=0;k<10;k++)if(X[q].S[i][k])mask|=1<<k; for(int k=0;k<10;k++)if(X[q].S[i][k]&&(mask&(mask-1))){auto&m=C.get(X[q],mask);sa+=T[q].A[i][k];sl+=X[q].plan[i]*m.share[k];n++;sd+=T[q].D[i][k]*T[q].n[i][k];sv+=T[q].n[i][k]*(.5*X[q].w[i]*m.dU[k]+.3*m.dF[k]+.4*X[q].Fm[k]);}} printf("%s A %.3f L %.3f  D %.2f V %.2f\n",X[q].name.c_str(),sa/n,sl/n,sd/n,sv/n);}
 auto run=[&](const double*p,bool rep){ double tr=0,te=0; for(int q=0;q<16;q++){Pol P{p,&T[q]}; double g=(X[q].ref[2]-simulate(X[q],&P,X[q].o,nullptr))/(X[q].ref[2]-X[q].ref[4]); if(rep)printf("%s %.3f%s",X[q].name.c_str(),g,q%4==3?"\n":"  "); (q%4<2?tr:te)+=g/8;} printf("train %.4f test %.4f all %.4f\n",tr,te,(tr+te)/2);fflush(stdout);return (tr+te)/2;};
 for(double wA:{0.0,0.3,0.6,1.0})for(double wD:{0.0,0.4,0.8})for(double c:{0.6,0.8,1.0,1.2}){ double p[NP]={0.3,0.7,0.5,0.3,0.4,wA,wD,c,1,1}; printf("wA %.1f wD %.1f c %.1f : ",wA,wD,c); run(p,false);} 
}
