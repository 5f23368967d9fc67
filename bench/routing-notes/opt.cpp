#include "sim.h"
// parameters
const int NP=14;
double P0[NP]={0.3,0.7,0.5,0.3,0.4, 0,1,0,0,0, 0,0,0,0};
static double price(const Inst&x,Cache&C,const double*p,int i,int k,int mask,double t,const vector<double>&use,const vector<int>&stock,const vector<int>&sold){
  if((mask&(mask-1))==0) return 0; const MaskInfo&m=C.get(x,mask);
  double us=0; for(int q=0;q<x.K;q++)if(mask>>q&1)us+=use[q];
  double plan=x.plan[i]; if(p[5]>0){ plan=(1+p[5]*sold[i])/(1/plan+p[5]*t);} 
  double L=plan*pow(1-t,p[6])*(p[0]*m.share[k]+p[1]*use[k]/us); L=max(L,1e-9);
  double dF=m.dF[k], dU=m.dU[k];
  double tail=ptail(L,stock[k]);
  double Fm=x.Fm[k];
  double os=min(x.osz[i],10.0)/5; 
  double f4=p[4]*exp(p[7]*(os-1))*exp(p[9]*(x.single[i]-0.2));
  int hold=__builtin_popcount(mask);
  f4*=exp(p[10]*(hold-3));
  double val=p[2]*x.w[i]*dU+p[3]*dF+f4*Fm*exp(p[11]*(use[k]/us-m.share[k])) ;
  if(p[8]!=0) tail=pow(tail,exp(p[8]));
  return tail*val + p[12]*Fm*ptail(L*exp(p[13]),stock[k]+1);
}
double sim(const Inst&x,const double*p,bool priced){ Cache C; vector<vector<int>> S=x.S; vector<double> use(x.K,20); vector<int> sold(x.I,0); Decide D; D.K=x.K; double tot=0; vector<int> ln;
 for(auto&o:x.o){ ln.clear(); for(int s:o.s){ for(int k=0;k<x.K;k++) if(S[s][k]>0){ln.push_back(s);break;} } if(ln.empty())continue; D.n=ln.size(); for(int k=0;k<x.K;k++)D.fix[k]=x.F[k][o.d];
  for(int l=0;l<D.n;l++){ int i=ln[l],mask=0; for(int k=0;k<x.K;k++)if(S[i][k]>0)mask|=1<<k; for(int k=0;k<x.K;k++){ if(!(mask>>k&1)){D.c[l][k]=1e18;continue;} D.c[l][k]=x.U[k][o.d]*x.w[i]+(priced?price(x,C,p,i,k,mask,o.t,use,S[i],sold):0);} }
  D.run(); int set=D.bestset; int used=0; for(int l=0;l<D.n;l++){int b=-1;for(int k=0;k<x.K;k++)if(set>>k&1)if(b<0||D.c[l][k]<D.c[l][b])b=k; tot+=x.U[b][o.d]*x.w[ln[l]]; S[ln[l]][b]--; sold[ln[l]]++; used|=1<<b;}
  for(int k=0;k<x.K;k++)if(used>>k&1){tot+=x.F[k][o.d];use[k]+=1;} }
 return tot; }
int main(int argc,char**argv){ vector<Inst> X; for(string f:{"L10-js","L10-usps","L20-js","L20-usps"})for(int e=1;e<=4;e++)X.push_back(load(f+"-e"+to_string(e)));
 auto gap=[&](int q,const double*p){return (X[q].ref[2]-sim(X[q],p,true))/(X[q].ref[2]-X[q].ref[4]);};
 auto report=[&](const double*p){ double tr=0,te=0; for(int q=0;q<16;q++){double g=gap(q,p);printf("%s %.3f  ",X[q].name.c_str(),g); (q%4<2?tr:te)+=g/8; if(q%4==3)puts("");} printf("train %.4f test %.4f\n",tr,te);fflush(stdout);} ;
 if(argc>1&&string(argv[1])=="check"){ for(auto&x:X){auto a=chrono::steady_clock::now();double m=sim(x,P0,false),c=sim(x,P0,true);printf("%s myopic %.1f ref %.1f closed %.1f ref %.1f  %.3fs\n",x.name.c_str(),m,x.ref[2],c,x.ref[3],chrono::duration<double>(chrono::steady_clock::now()-a).count());} report(P0); return 0;}
 // ES
 int active=atoi(argv[1]); int gens=atoi(argv[2]); mt19937 R(atoi(argv[3])); double m[NP]; memcpy(m,P0,sizeof m); double sd[NP]={.15,.2,.15,.15,.1,.2,.2,.3,.2,.5,.15,.5,.05,.2};
 const int lam=14, mu=5; normal_distribution<double> N(0,1); double sig=1; 
 auto fit=[&](const double*p){double s=0;for(int q=0;q<16;q++)if(q%4<2)s+=gap(q,p);return s/8;};
 double bestf=fit(m); 
 for(int g=0;g<gens;g++){ vector<pair<double,array<double,NP>>> pop; for(int a=0;a<lam;a++){array<double,NP> y;for(int b=0;b<NP;b++)y[b]=m[b]+(active>>b&1?sig*sd[b]*N(R):0); for(int b:{0,1,2,3,4,5,12})y[b]=max(0.0,y[b]); pop.push_back({fit(y.data()),y});}
  sort(pop.begin(),pop.end(),[](auto&a,auto&b){return a.first>b.first;}); double nm[NP]={0}; double nv[NP]={0}; for(int b=0;b<NP;b++){for(int a=0;a<mu;a++)nm[b]+=pop[a].second[b]/mu; for(int a=0;a<mu;a++)nv[b]+=pow(pop[a].second[b]-m[b],2)/mu;}
  for(int b=0;b<NP;b++){ if(active>>b&1)sd[b]=sqrt(0.7*sd[b]*sd[b]+0.3*nv[b]/(sig*sig)); m[b]=nm[b]; } 
  printf("gen %d best %.4f mean %.4f :",g,pop[0].first,pop[mu-1].first);for(int b=0;b<NP;b++)if(active>>b&1)printf(" %d=%.3f",b,m[b]);puts("");fflush(stdout);}
 report(m); }
