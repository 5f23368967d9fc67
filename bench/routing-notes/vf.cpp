#include "sim.h"
// per-item value function by sampling arrivals (dest, open set) 
struct Rec{int d; int B; int n;};
struct Par{ double cV=1, share=0.3; int M=64; double lam=1; double fB=1; double wU=1; double single=0; double cf=0; double mult=1; double sizebias=1;};
double cfp[5]={0.3,0.7,0.5,0.3,0.4};
static double closed(const Inst&x,Cache&C,int i,int k,int mask,double t,const vector<double>&use,const vector<int>&stock){
  const MaskInfo&m=C.get(x,mask); double us=0; for(int q=0;q<x.K;q++)if(mask>>q&1)us+=use[q]; double L=x.plan[i]*(1-t)*(cfp[0]*m.share[k]+cfp[1]*use[k]/us); return ptail(max(L,1e-9),stock[k])*(cfp[2]*x.w[i]*m.dU[k]+cfp[3]*m.dF[k]+cfp[4]*x.Fm[k]); }
struct Fast{ uint64_t s; uint32_t next(){s^=s<<13;s^=s>>7;s^=s<<17;return s>>32;} double u(){return next()/4294967296.0;} };
void values(const Inst&x,const Par&p,int i,int mask,double t,const vector<int>&stock,const vector<Rec>&rec,Fast&R,double*pr){
  for(int k=0;k<x.K;k++)pr[k]=0; if((mask&(mask-1))==0)return; double lam=x.plan[i]*(1-t)*p.lam; int nh=0,hd[16]; for(int k=0;k<x.K;k++)if(mask>>k&1)hd[nh++]=k; int total=0; for(int a=0;a<nh;a++)total+=stock[hd[a]];
  static thread_local vector<array<float,12>> arr;
  for(int m=0;m<p.M;m++){ // Poisson
    double e=exp(-min(lam,500.0)); int n=0; { double q=R.u(); while(q>e&&n<2000){q*=R.u();n++;} } 
    n=min(n,total); // demand beyond the network stock isn't served
    arr.resize(n); for(int a=0;a<n;a++){ const Rec&r=rec[R.next()%rec.size()]; int B=r.B; if(p.single>0&&R.u()<p.single*x.single[i])B=0; for(int h=0;h<nh;h++){int k=hd[h]; arr[a][h]=p.wU*x.w[i]*x.U[k][r.d]+((B>>k&1)?0:p.fB*x.F[k][r.d]);} }
    // run base and for each removal. only minimal stock matters
    auto go=[&](int rem){ int s[12]; for(int h=0;h<nh;h++)s[h]=stock[hd[h]]; if(rem>=0)s[rem]--; double c=0; int nn= n; if(rem>=0&&nn>total-1)nn=total-1; for(int a=0;a<nn;a++){int b=-1;for(int h=0;h<nh;h++)if(s[h]>0&&(b<0||arr[a][h]<arr[a][b]))b=h; c+=arr[a][b]; s[b]--; } return c; };
    double tot[12],mn=1e18; 
    for(int h=0;h<nh;h++){ if(stock[hd[h]]>n){ tot[h]=-1;} else tot[h]=go(h); }
    double base=-1; // when the stock of h exceeds n removing it does not matter (at n arrivals) except n==total
    for(int h=0;h<nh;h++)if(tot[h]<0){ if(base<0)base=go(-1); tot[h]=base; }
    for(int h=0;h<nh;h++)mn=min(mn,tot[h]);
    for(int h=0;h<nh;h++)pr[hd[h]]+=tot[h]-mn; }
  double lo=1e18; for(int h=0;h<nh;h++){pr[hd[h]]*=p.cV/p.M;lo=min(lo,pr[hd[h]]);} for(int h=0;h<nh;h++)pr[hd[h]]-=lo; }
double simulate(const Inst&x,const Par*P,const vector<Inst::O>&O,vector<Rec>&rec,bool keeprec){ Cache C; vector<vector<int>> S=x.S; vector<double> use(x.K,20); Decide D; D.K=x.K; double tot=0; vector<int> ln; Fast R{88172645463325252ull};
 for(auto&o:O){ ln.clear(); for(int s:o.s){ for(int k=0;k<x.K;k++) if(S[s][k]>0){ln.push_back(s);break;} } if(ln.empty())continue; D.n=ln.size(); for(int k=0;k<x.K;k++)D.fix[k]=x.F[k][o.d];
  for(int l=0;l<D.n;l++){ int i=ln[l],mask=0; for(int k=0;k<x.K;k++)if(S[i][k]>0)mask|=1<<k; double v[16]={0}; if(P&&!rec.empty())values(x,*P,i,mask,o.t,S[i],rec,R,v);
    for(int k=0;k<x.K;k++){ if(!(mask>>k&1)){D.c[l][k]=1e18;continue;} double c=x.U[k][o.d]*x.w[i]; if(P){c+=v[k]; if((P->cf>0||rec.empty())&&(mask&(mask-1)))c+=(rec.empty()?1:P->cf)*closed(x,C,i,k,mask,o.t,use,S[i]);} D.c[l][k]=c; } }
  D.run(); int set=D.bestset; int used=0; int ch[64]; for(int l=0;l<D.n;l++){int b=-1;for(int k=0;k<x.K;k++)if(set>>k&1)if(b<0||D.c[l][k]<D.c[l][b])b=k; ch[l]=b;}
  int cnt[16]={0}; for(int l=0;l<D.n;l++){int b=ch[l]; tot+=x.U[b][o.d]*x.w[ln[l]]; S[ln[l]][b]--; used|=1<<b;cnt[b]++;}
  if(keeprec) for(int l=0;l<D.n;l++){ int B=used; if(cnt[ch[l]]==1)B&=~(1<<ch[l]); rec.push_back({o.d,B,D.n}); }
  for(int k=0;k<x.K;k++)if(used>>k&1){tot+=x.F[k][o.d];use[k]+=1;} }
 return tot; }
vector<Inst::O> scenario(const Inst&x,mt19937&R){ vector<Inst::O> v; discrete_distribution<int> d(x.pop.begin(),x.pop.end()); int n=lround(x.H*x.growth); uniform_real_distribution<double> U(0,1); vector<int> ix(x.H); iota(ix.begin(),ix.end(),0); shuffle(ix.begin(),ix.end(),R); for(int a=0;a<n;a++){v.push_back({U(R),d(R),x.h[ix[a%x.H]]});} sort(v.begin(),v.end(),[](auto&a,auto&b){return a.t<b.t;}); return v; }
int main(int argc,char**argv){ vector<Inst> X; for(string f:{"L10-js","L10-usps","L20-js","L20-usps"})for(int e=1;e<=4;e++)X.push_back(load(f+"-e"+to_string(e)));
 vector<vector<Rec>> recs(16); Par none; none.cV=0; for(int q=0;q<16;q++){ mt19937 R(7); auto s=scenario(X[q],R); vector<Rec> r; vector<Rec> empty; // closed-form policy gives the records
   Par c; c.cf=1; struct{}_; // run with an empty rec => closed form, records kept apart
   vector<Rec> tmp; { vector<Rec> keep; // simulate keeps into rec itself; do in two steps
     Par z; z.cV=0; z.cf=1; z.M=0; vector<Rec> rr{{0,0,1}}; z.M=1; simulate(X[q],&z,s,rr,true); rr.erase(rr.begin()); tmp=rr; } recs[q]=tmp; }
 auto run=[&](const Par&p,const char*w){ double fam[4]={0}; double tr=0,te=0; auto a0=chrono::steady_clock::now(); for(int q=0;q<16;q++){vector<Rec> r=recs[q]; double g=(X[q].ref[2]-simulate(X[q],&p,X[q].o,r,true))/(X[q].ref[2]-X[q].ref[4]); fam[q/4]+=g/4; (q%4<2?tr:te)+=g/8;} printf("%s  fam %.3f %.3f %.3f %.3f train %.4f test %.4f all %.4f  %.1fs\n",w,fam[0],fam[1],fam[2],fam[3],tr,te,(tr+te)/2,chrono::duration<double>(chrono::steady_clock::now()-a0).count());fflush(stdout);} ;
 for(double l:{.4,.7,1.})for(double c:{0.2,0.35,0.5}){Par p;p.cV=c;p.lam=l;run(p,("cV "+to_string(c)+" lam "+to_string(l)).c_str());} return 0;
 for(double c:{0.3,0.6}){Par p;p.cV=0.6;p.cf=c;run(p,("cV .6 cf "+to_string(c)).c_str());}
 for(double c:{0.5,1.0}){Par p;p.cV=0.8;p.single=c;run(p,("cV .8 single "+to_string(c)).c_str());}
 for(double c:{0.7,1.4}){Par p;p.cV=0.8;p.lam=c;run(p,("cV .8 lam "+to_string(c)).c_str());}
}
